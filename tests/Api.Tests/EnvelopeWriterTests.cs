using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RooCoord.Api.Hubs;
using RooCoord.Contracts;
using RooCoord.Domain.Messages;
using Entry = RooCoord.Domain.Messages.Entry;

namespace RooCoord.Api.Tests;

public sealed class EnvelopeWriterTests
{
    private static readonly Entry Sample = new((3L << 40) + 7, 3, new Message
    {
        Id = "m-1",
        UserKey = 1,
        UserId = "ünï\"",
        FromDevice = "d1",
        Type = "a\\b",
        Body = Encoding.UTF8.GetBytes("{\"é\": [1.50, \"\\u0000\"]}"),
        Priority = Priority.Critical,
        SentAt = new(2026, 1, 2, 3, 4, 5, 60, TimeSpan.Zero),
        ExpiresAt = new(2026, 1, 9, 3, 4, 5, 60, TimeSpan.Zero),
        CorrelationId = "c",
    }, 2);

    private static string[] Written(params Entry[] entries)
    {
        var output = new ArrayBufferWriter<byte>();
        EnvelopeWriter.Write(entries, output);
        return Encoding.UTF8.GetString(output.WrittenSpan).Split('\u001e', StringSplitOptions.RemoveEmptyEntries);
    }

    [Test]
    public void Envelope_HasTheShapeTheStockSerializerGivesTheContract()
    {
        var written = JsonNode.Parse(Written(Sample)[0])!;
        var message = Sample.Message;
        var stock = JsonSerializer.SerializeToNode(
            new Envelope(Sample.Seq, 3, message.Id, new(message.UserId, message.FromDevice), message.Type, JsonDocument.Parse(message.Body).RootElement, "critical", message.SentAt, message.ExpiresAt, 2, "c"),
            Wire.Json);
        Assert.That((written["type"]!.GetValue<int>(), written["target"]!.GetValue<string>()), Is.EqualTo((1, "Message")));
        Assert.That(written["arguments"]![0]!.ToJsonString(), Is.EqualTo(stock!.ToJsonString()));
        Assert.That(written["arguments"]![0]!["sentAt"]!.GetValue<string>(), Is.EqualTo("2026-01-02T03:04:05.060Z"));
    }

    [Test]
    public void Body_IsTheBytesThatCame() => Assert.That(Written(Sample)[0], Does.Contain("\"body\":{\"é\": [1.50, \"\\u0000\"]},"));

    [Test]
    public void SeveralEntries_AreSeveralRecords() => Assert.That(Written(Sample, Sample with { Seq = 9 }), Has.Length.EqualTo(2));

    [Test]
    public void EphemeralOne_HasNoSeqEpochOrAttempt()
    {
        var envelope = JsonNode.Parse(Written(new Entry(0, 0, Sample.Message, 0))[0])!["arguments"]![0]!.AsObject();
        Assert.That(envelope.Select(p => p.Key), Is.EqualTo(new[] { "id", "from", "type", "body", "priority", "sentAt", "expiresAt", "correlationId" }));
    }
}
