using System.Text.Json;

namespace RooCoord.Contracts;

/// <summary>Writes the <c>to</c> of a message.</summary>
internal static class TargetDraftWriter
{
    public static void Write(Utf8JsonWriter writer, TargetDraft to)
    {
        writer.WriteStartObject();
        if (to.Device is not null) writer.WriteString("device"u8, to.Device);
        if (to.All) writer.WriteBoolean("all"u8, true);
        if (to.Devices is { } devices)
        {
            writer.WriteStartArray("devices"u8);
            foreach (var device in devices) writer.WriteStringValue(device);
            writer.WriteEndArray();
        }
        if (to.Match is { } match) Write(writer, match);
        if (to.Mode is not null) writer.WriteString("mode"u8, to.Mode);
        if (to.Fallback is { } fallback)
        {
            writer.WriteStartArray("fallback"u8);
            foreach (var step in fallback) Write(writer, step);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, MatchDraft match)
    {
        writer.WriteStartObject("match"u8);
        if (match.Type is not null) writer.WriteString("type"u8, match.Type);
        if (match.Platform is not null) writer.WriteString("platform"u8, match.Platform);
        if (match.Capability is not null) writer.WriteString("capability"u8, match.Capability);
        if (match.Status is not null) writer.WriteString("status"u8, match.Status);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, FallbackDraft step)
    {
        writer.WriteStartObject();
        if (step.To is { } to)
        {
            writer.WritePropertyName("to"u8);
            Write(writer, to);
        }
        if (step.AfterSeconds is { } after) writer.WriteNumber("afterSeconds"u8, after);
        writer.WriteEndObject();
    }
}
