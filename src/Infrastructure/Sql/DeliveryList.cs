using System.Globalization;
using System.Text;

namespace RooCoord.Infrastructure.Sql;

/// <summary>The column <c>message.deliveries</c>: <c>device_key:seq</c> each, separated by blanks, no seq where the mailbox was full.</summary>
internal static class DeliveryList
{
    public static string Write(IReadOnlyList<(long Device, long? Seq)> deliveries)
    {
        if (deliveries.Count == 1) return string.Create(CultureInfo.InvariantCulture, $"{deliveries[0].Device}:{deliveries[0].Seq}");
        var text = new StringBuilder(24 * deliveries.Count);
        foreach (var (device, seq) in deliveries)
        {
            if (text.Length > 0) text.Append(' ');
            text.Append(CultureInfo.InvariantCulture, $"{device}:{seq}");
        }
        return text.ToString();
    }

    public static IReadOnlyList<(long Device, long? Seq)> Parse(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(part =>
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            var device = long.Parse(part.AsSpan(0, colon), CultureInfo.InvariantCulture);
            return (device, colon + 1 == part.Length ? (long?)null : long.Parse(part.AsSpan(colon + 1), CultureInfo.InvariantCulture));
        })];
}
