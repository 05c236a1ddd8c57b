using System.Globalization;
using RooCoord.Domain;

namespace RooCoord.Application;

/// <summary>Times that callers give.</summary>
internal static class Times
{
    private static readonly string[] Forms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>An ISO 8601 time (without a zone: UTC), or null where none is given; throws <see cref="FaultCode.Invalid"/>.</summary>
    public static DateTimeOffset? Read(string? text, string field)
    {
        if (text is null) return null;
        return DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw Fault.Invalid($"`{field}` must be an ISO 8601 time");
    }
}
