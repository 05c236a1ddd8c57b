using System.Globalization;

namespace RooCoord.Bench.Backplane;

/// <summary>The command line.</summary>
internal sealed record BackplaneOptions(int Rounds)
{
    /// <summary>Told when the command line is wrong.</summary>
    public const string Usage = """
        backplane [--rounds 5]
        needs ROOCOORD_TEST_REDIS, host:port
        """;

    public static BackplaneOptions Parse(string[] args) => args switch
    {
        [] => new(5),
        ["--rounds", var text] when int.TryParse(text, CultureInfo.InvariantCulture, out var rounds) && rounds is > 0 and <= 100 => new(rounds),
        _ => throw new FormatException("--rounds takes a number from 1 to 100, and there is no other option"),
    };
}
