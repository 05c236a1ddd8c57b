using Microsoft.AspNetCore.SignalR;
using RooCoord.Infrastructure.Backplane;

namespace RooCoord.Infrastructure.Tests.Backplane;

public sealed class BackplaneFrameTests
{
    private static readonly byte[] Body = [.. Enumerable.Range(0, 300).Select(i => (byte)i)];

    private static BackplaneFrame Frame() =>
        new(FrameKind.Invocation, Guid.NewGuid(), "id", "Gruppe ü", ["a", "b"], [new SerializedMessage("json", Body), new SerializedMessage("other", Body)]);

    [Test]
    public void Frame_IsReadAsWritten()
    {
        var frame = Frame();
        var bytes = frame.ToBytes();
        Assert.That(BackplaneFrame.TryRead(bytes, out var read), Is.True);
        Assert.That((read.Kind, read.Node, read.Id, read.Text), Is.EqualTo((frame.Kind, frame.Node, frame.Id, frame.Text)));
        Assert.That(read.Excluded, Is.EqualTo(frame.Excluded));
        Assert.That(read.Contents!.Select(c => c.ProtocolName), Is.EqualTo(new[] { "json", "other" }));
        Assert.That(read.Contents!.Select(c => c.Serialized.ToArray()), Is.All.EqualTo(Body));
        Assert.That((BackplaneFrame.IsFrom(bytes, frame.Node), BackplaneFrame.IsFrom(bytes, Guid.NewGuid())), Is.EqualTo((true, false)));
    }

    [Test]
    public void Frame_CutOrLengthened_IsMalformed()
    {
        var bytes = Frame().ToBytes();
        for (var length = 0; length < bytes.Length; length++) Assert.That(BackplaneFrame.TryRead(bytes.AsMemory(0, length), out _), Is.False);
        Assert.That(BackplaneFrame.TryRead((byte[])[.. bytes, 0], out _), Is.False);
    }

    [Test]
    public void Frame_WithAnyByteChanged_IsReadOrRefused_WithoutAnException()
    {
        var bytes = Frame().ToBytes();
        for (var at = 0; at < bytes.Length; at++)
            foreach (byte value in new byte[] { 0, 0x7f, 0x80, 0xff })
            {
                var changed = bytes.ToArray();
                changed[at] = value;
                Assert.That(() => BackplaneFrame.TryRead(changed, out _), Throws.Nothing);
            }
    }

    [Test]
    public void Message_CostsLittleAllocation()
    {
        var (node, body) = (Guid.NewGuid(), new byte[256]);
        byte[] Write() => new BackplaneFrame(FrameKind.Message, node, Contents: [new SerializedMessage("json", body)]).ToBytes();
        Write();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Write();
        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before) / 100, Is.LessThan(600));
    }
}
