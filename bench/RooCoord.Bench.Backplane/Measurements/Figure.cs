namespace RooCoord.Bench.Backplane.Measurements;

/// <summary>One figure of one round.</summary>
/// <param name="Row">What it is of, with its unit; figures of the same row are compared.</param>
/// <param name="Value">Infinite: it did not happen within <see cref="Waits.Longest"/>. Of yes or no: 1 or 0.</param>
/// <param name="Format">A number's, or <see cref="YesNo"/>.</param>
internal sealed record Figure(string Row, double Value, string Format = "N0")
{
    public const string YesNo = "yes/no";

    public static Figure Is(string row, bool value) => new(row, value ? 1 : 0, YesNo);
}
