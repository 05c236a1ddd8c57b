namespace RooCoord.Bench.Search;

/// <summary>Kinds of queries that a person with many files asks.</summary>
internal static class SearchKinds
{
    private static readonly string[] Sorts = ["createdAt", "-createdAt", "updatedAt", "-updatedAt", "name", "-name", "size", "-size"];

    /// <summary>Each kind and how its n-th query is made.</summary>
    public static IReadOnlyList<(string Name, Func<FileSet, int, string> Query)> All { get; } =
    [
        ("nothing but an order", (_, n) => Sort(n)),
        ("a rare word", (f, n) => $"q={f.WordAt(5_000 + (n * 37 % 10_000))}&{Sort(n)}"),
        ("a common word", (f, n) => $"q={f.WordAt(n % 20)}&{Sort(n)}"),
        ("a prefix of two letters", (f, n) => $"q={f.WordAt(n % 20)[..2]}&{Sort(n)}"),
        ("a prefix of one letter", (f, n) => $"q={f.WordAt(n % 20)[..1]}&{Sort(n)}"),
        ("two words as they turn up", (f, n) => $"q={f.AnyWord()}%20{f.AnyWord()}&{Sort(n)}"),
        ("two common words", (f, n) => $"q={f.WordAt(n % 10)}%20{f.WordAt(10 + (n % 7))}&{Sort(n)}"),
        ("images with a tag", (f, n) => $"type=image/*&tag={f.WordAt(n % 30)}&{Sort(n)}"),
        ("a word, a type, a size, a time", (f, n) => $"q={f.WordAt(n % 50)}&type=application/pdf&minSize=1000&maxSize=1000000&after=2023-12-01&before=2024-01-10&{Sort(n)}"),
        ("large ones", (_, n) => $"minSize=400000000&{Sort(n)}"),
        ("words that never meet", (f, n) => $"q={f.WordAt(n % 5)}%20{f.WordAt(5 + (n % 5))}%20{f.WordAt(10 + (n % 5))}%20{f.WordAt(15 + (n % 5))}&{Sort(n)}"),
    ];

    private static string Sort(int n) => $"sort={Sorts[n % Sorts.Length]}&limit=50";
}
