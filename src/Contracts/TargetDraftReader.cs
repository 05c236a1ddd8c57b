using System.Text.Json;

namespace RooCoord.Contracts;

/// <summary>Reads the <c>to</c> of a message: here, unlike elsewhere, an unknown field is an error, because ignoring it could widen the target.</summary>
internal static class TargetDraftReader
{
    public static TargetDraft? Read(ref Utf8JsonReader reader, MessageDraft draft)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            draft.Problem ??= "`to` must be an object";
            reader.Skip();
            return null;
        }
        var to = new TargetDraft();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("device"u8)) to.Device = MessageDraftConverter.Text(ref reader, draft, "to.device");
            else if (reader.ValueTextEquals("devices"u8)) to.Devices = Devices(ref reader, draft);
            else if (reader.ValueTextEquals("all"u8)) to.All = True(ref reader, draft);
            else if (reader.ValueTextEquals("match"u8) || reader.ValueTextEquals("mode"u8) || reader.ValueTextEquals("fallback"u8))
            {
                to.HasMatchOrFallback = true;
                reader.Read();
                reader.Skip();
            }
            else
            {
                draft.Problem ??= "`to` has an unknown field";
                reader.Read();
                reader.Skip();
            }
        }
        return to;
    }

    private static bool True(ref Utf8JsonReader reader, MessageDraft draft)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.True) return true;
        if (reader.TokenType != JsonTokenType.Null) draft.Problem ??= "`to.all` must be true";
        reader.Skip();
        return false;
    }

    private static List<string>? Devices(ref Utf8JsonReader reader, MessageDraft draft)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return null;
        var devices = new List<string>();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            draft.Problem ??= "`to.devices` must be an array of device ids";
            reader.Skip();
            return devices;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String && TryText(ref reader) is { } id) devices.Add(id);
            else
            {
                draft.Problem ??= "`to.devices` must be an array of device ids";
                reader.Skip();
            }
        }
        return devices;
    }

    private static string? TryText(ref Utf8JsonReader reader)
    {
        try { return reader.GetString(); }
        catch (InvalidOperationException) { return null; }
    }
}
