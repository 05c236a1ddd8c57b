using System.Globalization;
using System.Runtime.InteropServices;
using RooCoord.Bench.Backplane.Measurements;
using RooCoord.Bench.Backplane.Nodes;
using RooCoord.Bench.Relay;

namespace RooCoord.Bench.Backplane;

/// <summary>All rounds' figures, as one table.</summary>
internal sealed class BackplaneReport(int rounds)
{
    private readonly List<(Variant Variant, Figure Figure)> _figures = [];

    public void Add(Variant variant, IEnumerable<Figure> figures) => _figures.AddRange(figures.Select(figure => (variant, figure)));

    public void Write()
    {
        MarkdownTable.Print($"> {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}, Redis on loopback");
        MarkdownTable.Print($"> {rounds} rounds, medians (min–max)");
        MarkdownTable.Print("");
        MarkdownTable.WriteColumns("weakness", "naive", "RooCoord");
        foreach (var row in _figures.Select(each => each.Figure.Row).Distinct())
            MarkdownTable.WriteRow(row, Text(row, Variant.Naive), Text(row, Variant.RooCoord));
    }

    private string Text(string row, Variant variant)
    {
        Figure[] figures = [.. _figures.Where(each => each.Variant == variant && each.Figure.Row == row).Select(each => each.Figure)];
        if (figures.Length == 0) return "–";
        if (figures[0].Format == Figure.YesNo)
        {
            var yes = figures.Count(figure => figure.Value == 1);
            return yes == figures.Length ? "yes" : yes == 0 ? "no" : $"yes in {yes} of {figures.Length}";
        }
        var spread = Spread.Of(figures.Select(figure => figure.Value))!;
        var (median, min, max) = (Text(spread.Median, figures[0].Format), Text(spread.Min, figures[0].Format), Text(spread.Max, figures[0].Format));
        return min == max ? median : $"{median} ({min}–{max})";
    }

    private static string Text(double value, string format) =>
        double.IsInfinity(value) ? $"> {Waits.Longest.TotalMilliseconds.ToString("N0", CultureInfo.InvariantCulture)}" : value.ToString(format, CultureInfo.InvariantCulture);
}
