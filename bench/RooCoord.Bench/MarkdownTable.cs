using System.Globalization;
using RooCoord.Bench.Relay;

namespace RooCoord.Bench;

/// <summary>Results as Markdown.</summary>
internal static class MarkdownTable
{
    public static void WriteColumns(params IReadOnlyCollection<string> columns)
    {
        WriteRow([.. columns]);
        WriteRow([.. columns.Select(_ => "---")]);
    }

    public static void WriteRow(params string[] cells) => Print($"| {string.Join(" | ", cells)} |");

    public static void Print(string line) => Console.WriteLine(line);

    public static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";

    /// <summary>The median, and between which figures it stands.</summary>
    public static string Text(IEnumerable<double?> figures, string format) => Spread.Of(figures.OfType<double>()) switch
    {
        null => "–",
        { Count: 1 } only => Text(only.Median, format),
        var spread => $"{Text(spread.Median, format)} ({Text(spread.Min, format)}–{Text(spread.Max, format)})",
    };
}
