using System.Text.Json;
using System.Text.Json.Serialization;

namespace RooCoord.Contracts;

/// <summary>What <c>ListDevices</c> takes; every field given must hold. Binds leniently: a wrong JSON kind is noted in <see cref="Problem"/> instead of thrown.</summary>
[JsonConverter(typeof(Converter))]
public sealed class DeviceFilter
{
    /// <summary><c>mobile|desktop|extension|browser|server</c>.</summary>
    public string? Type { get; set; }
    /// <summary>One of the device's capabilities.</summary>
    public string? Capability { get; set; }
    /// <summary><c>online|away|busy|offline</c>.</summary>
    public string? Status { get; set; }
    /// <summary>The device's platform.</summary>
    public string? Platform { get; set; }
    /// <summary>Why this could not be read, or null.</summary>
    public string? Problem { get; set; }

    private sealed class Converter : JsonConverter<DeviceFilter>
    {
        public override DeviceFilter Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var json = JsonElement.ParseValue(ref reader);
            var filter = new DeviceFilter();
            if (json.ValueKind != JsonValueKind.Object)
            {
                filter.Problem = "the filter must be an object";
                return filter;
            }
            filter.Type = Text(json, "type", filter);
            filter.Capability = Text(json, "capability", filter);
            filter.Status = Text(json, "status", filter);
            filter.Platform = Text(json, "platform", filter);
            return filter;
        }

        private static string? Text(JsonElement json, string field, DeviceFilter filter)
        {
            if (!json.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null) return null;
            try
            {
                if (value.ValueKind == JsonValueKind.String) return value.GetString();
            }
            catch (InvalidOperationException)
            {
                // Unpaired \uD800-style escapes, invalid UTF-8: no string can hold it.
            }
            filter.Problem ??= $"`{field}` must be a string";
            return null;
        }

        public override void Write(Utf8JsonWriter writer, DeviceFilter value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            if (value.Type is not null) writer.WriteString("type"u8, value.Type);
            if (value.Capability is not null) writer.WriteString("capability"u8, value.Capability);
            if (value.Status is not null) writer.WriteString("status"u8, value.Status);
            if (value.Platform is not null) writer.WriteString("platform"u8, value.Platform);
            writer.WriteEndObject();
        }
    }
}
