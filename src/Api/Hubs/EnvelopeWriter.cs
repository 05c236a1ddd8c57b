using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using RooCoord.Contracts;
using RooCoord.Domain.Messages;

namespace RooCoord.Api.Hubs;

/// <summary>
/// Writes <c>Message</c> invocations of the SignalR JSON protocol straight from entries, several to one write, the body
/// as the bytes it came in. The shape is <see cref="Envelope"/>'s, which a test holds against the stock serializer.
/// </summary>
internal static class EnvelopeWriter
{
    private const byte RecordSeparator = 0x1E;
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonEncodedText[] Priorities = [.. Enum.GetNames<Priority>().Select(n => JsonEncodedText.Encode(n.ToLowerInvariant()))];
    private static readonly JsonEncodedText Target = JsonEncodedText.Encode(nameof(IDeviceClient.Message));

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Appends one invocation an entry.</summary>
    public static void Write(IReadOnlyList<Entry> entries, IBufferWriter<byte> output)
    {
        var json = _writer ??= new(Stream.Null, Options);
        for (var i = 0; i < entries.Count; i++)
        {
            json.Reset(output);
            json.WriteStartObject();
            json.WriteNumber("type"u8, 1);
            json.WriteString("target"u8, Target);
            json.WriteStartArray("arguments"u8);
            Write(json, entries[i]);
            json.WriteEndArray();
            json.WriteEndObject();
            json.Flush();
            output.GetSpan(1)[0] = RecordSeparator;
            output.Advance(1);
        }
    }

    private static void Write(Utf8JsonWriter json, Entry entry)
    {
        var message = entry.Message;
        var durable = entry.Seq > 0;
        json.WriteStartObject();
        if (durable)
        {
            json.WriteNumber("seq"u8, entry.Seq);
            json.WriteNumber("epoch"u8, entry.Epoch);
        }
        json.WriteString("id"u8, message.Id);
        json.WriteStartObject("from"u8);
        json.WriteString("userId"u8, message.UserId);
        json.WriteString("device"u8, message.FromDevice);
        json.WriteEndObject();
        json.WriteString("type"u8, message.Type);
        json.WritePropertyName("body"u8);
        json.WriteRawValue(message.Body.Span, skipInputValidation: true);
        json.WriteString("priority"u8, Priorities[(int)message.Priority]);
        WriteTime(json, "sentAt"u8, message.SentAt);
        WriteTime(json, "expiresAt"u8, message.ExpiresAt);
        if (durable) json.WriteNumber("attempt"u8, entry.Attempt);
        json.WriteString("correlationId"u8, message.CorrelationId);
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[32];
        time.UtcDateTime.TryFormat(text, out var length, Wire.TimeFormat, CultureInfo.InvariantCulture);
        json.WriteString(name, text[..length]);
    }
}
