using System.Text.Json;

namespace RooCoord.Contracts;

/// <summary>Reads the <c>to</c> of a message: here, unlike elsewhere, an unknown field is an error, because ignoring it could widen the target.</summary>
internal static class TargetDraftReader
{
    /// <summary>Reads the value after the property name the reader stands on.</summary>
    public static TargetDraft? Read(ref Utf8JsonReader reader, MessageDraft draft, string path = "to", bool isStep = false)
    {
        if (!BeginObject(ref reader, draft, path)) return null;
        var to = new TargetDraft();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("device"u8)) to.Device = MessageDraftConverter.Text(ref reader, draft, $"{path}.device");
            else if (reader.ValueTextEquals("devices"u8)) to.Devices = Devices(ref reader, draft, $"{path}.devices");
            else if (reader.ValueTextEquals("all"u8)) to.All = True(ref reader, draft, $"{path}.all");
            else if (reader.ValueTextEquals("match"u8)) to.Match = Match(ref reader, draft, $"{path}.match");
            else if (reader.ValueTextEquals("mode"u8)) to.Mode = MessageDraftConverter.Text(ref reader, draft, $"{path}.mode");
            else if (!isStep && reader.ValueTextEquals("fallback"u8)) to.Fallback = Fallback(ref reader, draft);
            else Unknown(ref reader, draft, path);
        }
        return to;
    }

    private static MatchDraft? Match(ref Utf8JsonReader reader, MessageDraft draft, string path)
    {
        if (!BeginObject(ref reader, draft, path)) return null;
        var match = new MatchDraft();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8)) match.Type = MessageDraftConverter.Text(ref reader, draft, $"{path}.type");
            else if (reader.ValueTextEquals("platform"u8)) match.Platform = MessageDraftConverter.Text(ref reader, draft, $"{path}.platform");
            else if (reader.ValueTextEquals("capability"u8)) match.Capability = MessageDraftConverter.Text(ref reader, draft, $"{path}.capability");
            else if (reader.ValueTextEquals("status"u8)) match.Status = MessageDraftConverter.Text(ref reader, draft, $"{path}.status");
            else Unknown(ref reader, draft, path);
        }
        return match;
    }

    private static List<FallbackDraft>? Fallback(ref Utf8JsonReader reader, MessageDraft draft)
    {
        if (!BeginArray(ref reader, draft, "to.fallback", "steps")) return null;
        var steps = new List<FallbackDraft>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                draft.Problem ??= "`to.fallback` must be an array of steps";
                reader.Skip();
                continue;
            }
            var step = new FallbackDraft();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("to"u8)) step.To = Read(ref reader, draft, "to.fallback.to", isStep: true);
                else if (reader.ValueTextEquals("afterSeconds"u8)) step.AfterSeconds = Seconds(ref reader, draft);
                else Unknown(ref reader, draft, "to.fallback");
            }
            steps.Add(step);
        }
        return steps;
    }

    private static double? Seconds(ref Utf8JsonReader reader, MessageDraft draft)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var value)) return value;
        if (reader.TokenType != JsonTokenType.Null) draft.Problem ??= "`to.fallback.afterSeconds` must be a number";
        reader.Skip();
        return null;
    }

    private static bool True(ref Utf8JsonReader reader, MessageDraft draft, string path)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.True) return true;
        if (reader.TokenType != JsonTokenType.Null) draft.Problem ??= $"`{path}` must be true";
        reader.Skip();
        return false;
    }

    private static List<string>? Devices(ref Utf8JsonReader reader, MessageDraft draft, string path)
    {
        if (!BeginArray(ref reader, draft, path, "device ids")) return null;
        var devices = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String && TryText(ref reader) is { } id) devices.Add(id);
            else
            {
                draft.Problem ??= $"`{path}` must be an array of device ids";
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

    // False for null, and for what is something else, which is then a problem.
    private static bool BeginObject(ref Utf8JsonReader reader, MessageDraft draft, string path)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject) return true;
        if (reader.TokenType != JsonTokenType.Null) draft.Problem ??= $"`{path}` must be an object";
        reader.Skip();
        return false;
    }

    private static bool BeginArray(ref Utf8JsonReader reader, MessageDraft draft, string path, string what)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartArray) return true;
        if (reader.TokenType != JsonTokenType.Null) draft.Problem ??= $"`{path}` must be an array of {what}";
        reader.Skip();
        return false;
    }

    private static void Unknown(ref Utf8JsonReader reader, MessageDraft draft, string path)
    {
        draft.Problem ??= $"`{path}` has an unknown field";
        reader.Read();
        reader.Skip();
    }
}
