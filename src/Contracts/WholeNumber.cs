using System.Text.Json;
using System.Text.Json.Serialization;

namespace RooCoord.Contracts;

/// <summary>A number argument of a hub method that must be whole: binds from any JSON number, so that 1.5 or 10^30 is <c>invalid</c> and not a failed binding.</summary>
/// <param name="Value">Null when the number is not whole or does not fit 64 bits.</param>
[JsonConverter(typeof(Converter))]
public readonly record struct WholeNumber(long? Value)
{
    /// <summary>Wraps a number.</summary>
    public static implicit operator WholeNumber(long value) => new(value);

    private sealed class Converter : JsonConverter<WholeNumber>
    {
        public override WholeNumber Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.Number) throw new JsonException();
            return new(reader.TryGetInt64(out var value) ? value : null);
        }

        public override void Write(Utf8JsonWriter writer, WholeNumber value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value ?? 0);
    }
}
