using System.Text;
using System.Text.Json;
using RooCoord.Domain;
using Text = RooCoord.Domain.Text;

namespace RooCoord.Application.Devices;

/// <summary>What a device tells of itself: a small JSON object, kept as its text.</summary>
internal static class Telemetry
{
    // Of the 64 levels of a SignalR frame four are its own where the device stands in a list: deeper, .NET clients could read none of it.
    private const int MaxDepth = 60;

    /// <summary>The text to keep, or a fault.</summary>
    public static string Require(JsonElement report, int maxBytes)
    {
        if (report.ValueKind != JsonValueKind.Object) throw Fault.Invalid("the report must be an object");
        var text = report.GetRawText();
        if (maxBytes > 0 && Encoding.UTF8.GetByteCount(text) > maxBytes)
            throw new Fault(FaultCode.TooLarge, $"the report has more than {maxBytes} bytes");
        if (DepthOf(report) > MaxDepth) throw Fault.Invalid($"the report may be nested {MaxDepth} deep");
        // Kept unread, one bad string would spoil every list of devices it stands in.
        return IsWellFormed(report) ? text : throw Fault.Invalid("the report has control characters or lone surrogates");
    }

    /// <summary>The text as JSON again.</summary>
    public static object? Read(string? text) => text is null ? null : JsonElement.Parse(text);

    private static int DepthOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => 1 + value.EnumerateArray().Select(DepthOf).DefaultIfEmpty().Max(),
        JsonValueKind.Object => 1 + value.EnumerateObject().Select(p => DepthOf(p.Value)).DefaultIfEmpty().Max(),
        _ => 0,
    };

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
