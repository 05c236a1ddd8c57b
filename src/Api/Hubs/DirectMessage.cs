using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Protocol;
using RooCoord.Contracts;
using Entry = RooCoord.Domain.Messages.Entry;

namespace RooCoord.Api.Hubs;

/// <summary>What a connection's protocol writes straight to the wire.</summary>
internal abstract class DirectMessage : HubMessage
{
    /// <summary>Writes whole records of the SignalR JSON protocol.</summary>
    public abstract void Write(IBufferWriter<byte> output);
}

/// <summary>Envelopes for one device. The list must stay as it is until they are written.</summary>
internal sealed class EnvelopeBatch(IReadOnlyList<Entry> entries) : DirectMessage
{
    public override void Write(IBufferWriter<byte> output) => EnvelopeWriter.Write(entries, output);
}

/// <summary>The answer to a direct call: the shape is <see cref="SendResult"/>'s, which a test holds against the stock serializer; null: the call returns nothing.</summary>
internal sealed class DirectAnswer(string? invocationId, SendResult? result) : DirectMessage
{
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    public override void Write(IBufferWriter<byte> output)
    {
        var json = _writer ??= new(Stream.Null, Options);
        json.Reset(output);
        json.WriteStartObject();
        json.WriteNumber("type"u8, 3);
        json.WriteString("invocationId"u8, invocationId);
        json.WritePropertyName("result"u8);
        if (result is null) json.WriteNullValue();
        else Write(json, result);
        json.WriteEndObject();
        json.Flush();
        output.GetSpan(1)[0] = 0x1E;
        output.Advance(1);
    }

    private static void Write(Utf8JsonWriter json, SendResult result)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, result.Id);
        json.WriteBoolean("duplicate"u8, result.Duplicate);
        json.WriteStartArray("deliveries"u8);
        for (var i = 0; i < result.Deliveries.Count; i++)
        {
            var delivery = result.Deliveries[i];
            json.WriteStartObject();
            json.WriteString("device"u8, delivery.Device);
            if (delivery.Seq is { } seq) json.WriteNumber("seq"u8, seq);
            else json.WriteNull("seq"u8);
            json.WriteString("state"u8, delivery.State);
            json.WriteString("reason"u8, delivery.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("route"u8);
        for (var i = 0; i < result.Route.Count; i++)
        {
            var step = result.Route[i];
            json.WriteStartObject();
            json.WriteNumber("step"u8, step.Step);
            json.WriteNumber("matched"u8, step.Matched);
            json.WriteStartArray("chosen"u8);
            for (var c = 0; c < step.Chosen.Count; c++) json.WriteStringValue(step.Chosen[c]);
            json.WriteEndArray();
            json.WriteString("reason"u8, step.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
