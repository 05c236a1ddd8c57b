using System.Text;

namespace RooCoord.Infrastructure.Sql.Files;

/// <summary>What search looks at: runs of letters and digits (with their marks), lower case, compatibility composed (NFKC), each once.</summary>
internal static class SearchWords
{
    /// <summary>Characters of a word that count.</summary>
    public const int MaxWord = 64;

    /// <summary>The words of a file, separated by spaces.</summary>
    public static string Of(string name, IReadOnlyList<string> tags, string? description) =>
        string.Join(' ', Split($"{name} {string.Join(' ', tags)} {description}"));

    /// <summary>The words of a text, each once.</summary>
    public static IReadOnlyCollection<string> Split(string text)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        var word = new StringBuilder();
        foreach (var rune in text.Normalize(NormalizationForm.FormKC).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || (word.Length > 0 && Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark))
            {
                if (word.Length < MaxWord) word.Append(Rune.ToLowerInvariant(rune).ToString());
            }
            else End();
        }
        End();
        return words;

        void End()
        {
            if (word.Length > 0) words.Add(word.ToString());
            word.Clear();
        }
    }
}
