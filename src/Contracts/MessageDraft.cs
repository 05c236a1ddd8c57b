using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace RooCoord.Contracts;

/// <summary>
/// What <c>Send</c> and <c>POST /api/v1/messages</c> take. Binds leniently: a wrong JSON kind is noted in
/// <see cref="Problem"/> instead of thrown, so that the caller hears <c>invalid</c> and which field.
/// </summary>
[JsonConverter(typeof(MessageDraftConverter))]
public sealed class MessageDraft
{
    /// <summary>1..64 of <c>A–Z a–z 0–9 . _ ~ -</c>, unique per user. Time-ordered ones (UUIDv7, ULID) are the cheapest to store.</summary>
    public string? Id { get; set; }
    /// <summary>To whom.</summary>
    public TargetDraft? To { get; set; }
    /// <summary>1..128 characters.</summary>
    public string? Type { get; set; }
    /// <summary>The body's JSON text in UTF-8, exactly as sent; empty when omitted, which means <c>null</c>.</summary>
    public ReadOnlyMemory<byte> Body { get; set; }
    /// <summary><c>low|normal|high|critical</c>.</summary>
    public string? Priority { get; set; }
    /// <summary>1..2,592,000.</summary>
    public long? TtlSeconds { get; set; }
    /// <summary><c>durable|ephemeral</c>.</summary>
    public string? Durability { get; set; }
    /// <summary><c>none|final|all</c>.</summary>
    public string? Receipts { get; set; }
    /// <summary>At most 64 characters, handed through.</summary>
    public string? CorrelationId { get; set; }
    /// <summary>Why this could not be read, or null.</summary>
    public string? Problem { get; set; }

    /// <summary>Sets <see cref="Body"/> from any value.</summary>
    public MessageDraft WithBody<T>(T value)
    {
        Body = JsonSerializer.SerializeToUtf8Bytes(value, Wire.Json);
        return this;
    }
}

/// <summary>Reads drafts leniently and writes them as the contract says.</summary>
public sealed class MessageDraftConverter : JsonConverter<MessageDraft>
{
    // A SignalR frame may be 64 deep, and a body stands three deep in the one that brings it: deeper ones, which only REST
    // could take, would close the connection of every .NET device they are sent to.
    private const int MaxBodyDepth = 61;

    /// <inheritdoc/>
    public override MessageDraft Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader, []);

    /// <summary>Reads the value the reader stands on. <paramref name="source"/>: the text it reads, which spares parsing the body; empty: not known.</summary>
    public static MessageDraft Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> source)
    {
        var draft = new MessageDraft();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            draft.Problem = "the message must be an object";
            reader.Skip();
            return draft;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            ReadField(ref reader, draft, source);
        return draft;
    }

    private static void ReadField(ref Utf8JsonReader reader, MessageDraft draft, ReadOnlySpan<byte> source)
    {
        if (reader.ValueTextEquals("id"u8)) draft.Id = Text(ref reader, draft, "id");
        else if (reader.ValueTextEquals("to"u8)) draft.To = TargetDraftReader.Read(ref reader, draft);
        else if (reader.ValueTextEquals("type"u8)) draft.Type = Text(ref reader, draft, "type");
        else if (reader.ValueTextEquals("body"u8)) draft.Body = RawValue(ref reader, draft, source);
        else if (reader.ValueTextEquals("priority"u8)) draft.Priority = Word(ref reader, draft, "priority", "normal");
        else if (reader.ValueTextEquals("durability"u8)) draft.Durability = Word(ref reader, draft, "durability", "durable");
        else if (reader.ValueTextEquals("receipts"u8)) draft.Receipts = Word(ref reader, draft, "receipts", "none");
        else if (reader.ValueTextEquals("correlationId"u8)) draft.CorrelationId = Text(ref reader, draft, "correlationId");
        else if (reader.ValueTextEquals("ttlSeconds"u8)) draft.TtlSeconds = Number(ref reader, draft, "ttlSeconds");
        else { reader.Read(); reader.Skip(); }
    }

    private static byte[] RawValue(ref Utf8JsonReader reader, MessageDraft draft, ReadOnlySpan<byte> source)
    {
        reader.Read();
        byte[] text;
        if (source.IsEmpty)
        {
            text = JsonMarshal.GetRawUtf8Value(JsonElement.ParseValue(ref reader)).ToArray();
            if (IsTooDeep(text)) draft.Problem ??= $"`body` may be nested {MaxBodyDepth} deep";
        }
        else
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            text = source[start..(int)reader.BytesConsumed].ToArray();
        }
        // The parser looks at the structure only, not into strings.
        if (!Utf8.IsValid(text)) draft.Problem ??= "`body` is not valid UTF-8";
        return text;
    }

    private static bool IsTooDeep(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MaxBodyDepth });
        try
        {
            while (reader.Read()) { }
            return false;
        }
        catch (JsonException) { return true; }
    }

    // The usual word is not allocated anew for each message.
    private static string? Word(ref Utf8JsonReader reader, MessageDraft draft, string field, string usual)
    {
        var ahead = reader;
        ahead.Read();
        if (ahead.TokenType != JsonTokenType.String || !ahead.ValueTextEquals(usual)) return Text(ref reader, draft, field);
        reader = ahead;
        return usual;
    }

    internal static string? Text(ref Utf8JsonReader reader, MessageDraft draft, string field)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType == JsonTokenType.String)
        {
            try { return reader.GetString(); }
            catch (InvalidOperationException)
            {
                // Unpaired \uD800-style escapes, invalid UTF-8: no string can hold it.
                draft.Problem ??= $"`{field}` is not valid Unicode";
                return null;
            }
        }
        draft.Problem ??= $"`{field}` must be a string";
        reader.Skip();
        return null;
    }

    internal static long? Number(ref Utf8JsonReader reader, MessageDraft draft, string field)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value)) return value;
        draft.Problem ??= $"`{field}` must be a whole number";
        reader.Skip();
        return null;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, MessageDraft value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, value.Id);
        if (value.To is { } to)
        {
            writer.WritePropertyName("to"u8);
            TargetDraftWriter.Write(writer, to);
        }
        writer.WriteString("type"u8, value.Type);
        if (!value.Body.IsEmpty)
        {
            writer.WritePropertyName("body"u8);
            writer.WriteRawValue(value.Body.Span);
        }
        if (value.Priority is not null) writer.WriteString("priority"u8, value.Priority);
        if (value.TtlSeconds is { } ttl) writer.WriteNumber("ttlSeconds"u8, ttl);
        if (value.Durability is not null) writer.WriteString("durability"u8, value.Durability);
        if (value.Receipts is not null) writer.WriteString("receipts"u8, value.Receipts);
        if (value.CorrelationId is not null) writer.WriteString("correlationId"u8, value.CorrelationId);
        writer.WriteEndObject();
    }
}
