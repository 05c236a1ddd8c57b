using System.Text.Json;
using System.Text.Json.Serialization;

namespace RooCoord.Api.Hubs;

/// <summary>
/// Reads string arguments of hub methods that no .NET string can hold (a lone surrogate escape, bytes that are not UTF-8) as
/// one malformed character, which the methods refuse as <c>invalid</c>; SignalR would refuse the binding in words of its own.
/// </summary>
internal sealed class LenientStrings : JsonConverter<string>
{
    private const string Malformed = "\uD800";

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String) throw new JsonException();
        try { return reader.GetString(); }
        catch (InvalidOperationException) { return Malformed; }
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
