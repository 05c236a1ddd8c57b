using System.Text;
using System.Text.Json;
using RooCoord.Domain;
using Text = RooCoord.Domain.Text;

namespace RooCoord.Application.Devices;

/// <summary>What a device tells of itself: a small JSON object, kept as its text.</summary>
internal static class Telemetry
{
    /// <summary>The text to keep, or a fault.</summary>
    public static string Require(JsonElement report, int maxBytes)
    {
        if (report.ValueKind != JsonValueKind.Object) throw Fault.Invalid("the report must be an object");
        var text = report.GetRawText();
        if (maxBytes > 0 && Encoding.UTF8.GetByteCount(text) > maxBytes)
            throw new Fault(FaultCode.TooLarge, $"the report has more than {maxBytes} bytes");
        // Kept unread, one bad string would spoil every list of devices it stands in.
        return IsWellFormed(report) ? text : throw Fault.Invalid("the report has control characters or lone surrogates");
    }

    /// <summary>The text as JSON again.</summary>
    public static object? Read(string? text) => text is null ? null : JsonElement.Parse(text);

    private static bool IsWellFormed(JsonElement value)
    {
        try
        {
            return value.ValueKind switch
            {
                JsonValueKind.String => !Text.IsMalformed(value.GetString()!),
                JsonValueKind.Array => value.EnumerateArray().All(IsWellFormed),
                JsonValueKind.Object => value.EnumerateObject().All(p => !Text.IsMalformed(p.Name) && IsWellFormed(p.Value)),
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            // Unpaired \uD800-style escapes, invalid UTF-8: no string can hold it.
            return false;
        }
    }
}
