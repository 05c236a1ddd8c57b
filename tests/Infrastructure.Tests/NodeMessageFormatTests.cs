using RooCoord.Application.Cluster;
using RooCoord.Application.Messages;
using RooCoord.Domain.Messages;
using RooCoord.Infrastructure.Nodes;

namespace RooCoord.Infrastructure.Tests;

public sealed class NodeMessageFormatTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, 6, TimeSpan.Zero);

    [Test]
    public void Entries_OfSeveralMessagesToSeveralDevices_ComeInTheirOrderAndCarryAMessageOnce()
    {
        var (first, second) = (Message(1, "one"u8.ToArray()), Message(2, "two"u8.ToArray()));
        Committed[] entries = [Entry(10, 1, first), Entry(11, 7, first), Entry(10, 2, second), Entry(10, 3, first)];

        var read = ((EntriesAppended)Travelled(new EntriesAppended(entries))).Entries;

        Assert.That(read.Select(e => (e.DeviceKey, e.Entry.Seq, e.Entry.Epoch, e.Entry.Attempt, e.Entry.PutOff, e.Entry.Message.Key)),
            Is.EqualTo(entries.Select(e => (e.DeviceKey, e.Entry.Seq, e.Entry.Epoch, e.Entry.Attempt, e.Entry.PutOff, e.Entry.Message.Key))));
        Assert.That(read[1].Entry.Message, Is.SameAs(read[0].Entry.Message));
        Assert.That(read[2].Entry.Message.Body.ToArray(), Is.EqualTo("two"u8.ToArray()));
    }

    [Test]
    public void AFrame_AfterALongerOne_HasNothingOfIt()
    {
        Travelled(new EntriesAppended([Entry(1, 1, Message(1, new byte[100_000]))]));

        var frame = NodeFrame.Read(Frame(new FencesRaised([], 3)));

        Assert.That(frame.Content.Length, Is.EqualTo(1 + 4 + 8));
        Assert.That(((FencesRaised)NodeMessageFormat.Read(frame.Content)).UserKey, Is.EqualTo(3));
    }

    [Test]
    public void AMessage_CutShortAnywhere_IsRefused()
    {
        var whole = NodeFrame.Read(Frame(new EntriesAppended([Entry(1, 1, Message(1, "one"u8.ToArray())), Entry(2, 1, Message(2, "two"u8.ToArray()))]))).Content;

        for (var length = 0; length < whole.Length; length++)
            Assert.Throws<InvalidDataException>(() => NodeMessageFormat.Read(whole[..length]), $"cut after {length}");
    }

    private static NodeMessage Travelled(NodeMessage message) => NodeMessageFormat.Read(NodeFrame.Read(Frame(message)).Content);

    private static byte[] Frame(NodeMessage message) => NodeFrame.Write(NodeFrameKind.Message, 1, 2, 0, w => NodeMessageFormat.Write(w, message));

    private static Committed Entry(long device, long seq, Message message) => new(device, new Entry(seq, 5, message, 2, true, default));

    private static Message Message(long key, byte[] body) => new()
    {
        Key = key,
        Id = $"id-{key}",
        UserKey = 3,
        UserId = "user",
        FromDevice = null,
        SenderKey = null,
        Type = "test",
        Body = body,
        Priority = Priority.High,
        Receipts = ReceiptMode.Final,
        SentAt = Now,
        ExpiresAt = Now.AddDays(1),
        CorrelationId = "c",
    };
}
