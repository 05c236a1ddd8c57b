using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RooCoord.Contracts;

/// <summary>Any JSON, kept as its text: read and written without looking into it.</summary>
/// <param name="Utf8">The text; empty means <c>null</c>.</param>
[JsonConverter(typeof(Converter))]
public readonly record struct JsonText(ReadOnlyMemory<byte> Utf8)
{
    private sealed class Converter : JsonConverter<JsonText>
    {
        public override bool HandleNull => true;

        public override JsonText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(JsonMarshal.GetRawUtf8Value(JsonElement.ParseValue(ref reader)).ToArray());

        public override void Write(Utf8JsonWriter writer, JsonText value, JsonSerializerOptions options)
        {
            if (value.Utf8.IsEmpty) writer.WriteNullValue();
            else writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
        }
    }
}
