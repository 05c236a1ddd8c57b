using System.Globalization;

namespace RooCoord.Infrastructure.Sql;

/// <summary>The column <c>message.deliveries</c>: <c>device_key:seq</c> each, separated by blanks, no seq where the mailbox was full.</summary>
internal static class DeliveryList
{
    public static IReadOnlyList<(long Device, long? Seq)> Parse(string text) =>
        [.. text.Split(' ').Select(part =>
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            var device = long.Parse(part.AsSpan(0, colon), CultureInfo.InvariantCulture);
            return (device, colon + 1 == part.Length ? (long?)null : long.Parse(part.AsSpan(colon + 1), CultureInfo.InvariantCulture));
        })];
}
