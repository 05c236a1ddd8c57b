using System.Globalization;

namespace RooCoord.Bench.Search;

/// <summary>Options of <c>search</c>.</summary>
internal sealed record SearchOptions(int Files, int Queries, bool OnPostgres)
{
    public const string Usage = """
        search: finds among many files of one user, over HTTP

          --files N      files of the user (100000)
          --queries N    queries of each kind (200)
          --postgres     also on PostgreSQL (ROOCOORD_TEST_POSTGRES)
        """;

    public static SearchOptions Parse(string[] arguments)
    {
        var options = new SearchOptions(100_000, 200, false);
        for (var i = 0; i < arguments.Length; i++)
        {
            options = arguments[i] switch
            {
                "--files" => options with { Files = Number(arguments, ++i) },
                "--queries" => options with { Queries = Number(arguments, ++i) },
                "--postgres" => options with { OnPostgres = true },
                var unknown => throw new FormatException($"Unknown option {unknown}"),
            };
        }
        return options;
    }

    private static int Number(string[] arguments, int index) =>
        index < arguments.Length && int.TryParse(arguments[index], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new FormatException($"{arguments[index - 1]} needs a number");
}
