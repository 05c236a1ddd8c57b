using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <summary>
/// What a user's own files are found by: their words, and their tags as a whole. An ordinary table with a range for each prefix:
/// the same on both engines, and a user's terms lie together, however many files others have.
/// </summary>
internal static class FileTerms
{
    // No word has it.
    private const string TagMark = "#";
    // Above every text that begins with what it is appended to, in the order of UTF-8.
    private const string Above = "\U0010FFFF";

    /// <summary>The term of a tag.</summary>
    public static string OfTag(string tag) => TagMark + tag;

    /// <summary>The first text above all that begin so.</summary>
    public static string EndOf(string prefix) => prefix + Above;

    /// <summary>Adds a file's terms.</summary>
    public static async ValueTask AddAsync(ISqlTransaction transaction, FileEntry file)
    {
        await transaction.ExecuteEachAsync(Insert, Rows(file, Of(file))).ConfigureAwait(false);
        await transaction.FlushAsync().ConfigureAwait(false);
    }

    /// <summary>Removes a file's terms.</summary>
    public static async ValueTask RemoveAsync(ISqlTransaction transaction, FileEntry file)
    {
        await transaction.ExecuteEachAsync(Delete, Rows(file, Of(file))).ConfigureAwait(false);
        await transaction.FlushAsync().ConfigureAwait(false);
    }

    /// <summary>Replaces the terms of a file by those of what it became.</summary>
    public static async ValueTask ReplaceAsync(ISqlTransaction transaction, FileEntry before, FileEntry after)
    {
        var (old, now) = (Of(before), Of(after));
        await transaction.ExecuteEachAsync(Delete, Rows(after, old.Except(now))).ConfigureAwait(false);
        await transaction.ExecuteEachAsync(Insert, Rows(after, now.Except(old))).ConfigureAwait(false);
        await transaction.FlushAsync().ConfigureAwait(false);
    }

    private static HashSet<string> Of(FileEntry file) => new(
        [.. SearchWords.Of(file.Name, file.Tags, file.Description).Split(' ', StringSplitOptions.RemoveEmptyEntries), .. file.Tags.Select(OfTag)], StringComparer.Ordinal);

    private static (long User, string Term, long File)[] Rows(FileEntry file, IEnumerable<string> terms) =>
        [.. terms.Order(StringComparer.Ordinal).Select(t => (file.UserKey, t, file.Key))];

    private static readonly SqlStatement<(long User, string Term, long File)> Insert = new(
        "INSERT INTO file_term (user_key, term, file_key) VALUES ($1, $2, $3)", Bind);

    private static readonly SqlStatement<(long User, string Term, long File)> Delete = new(
        "DELETE FROM file_term WHERE user_key = $1 AND term = $2 AND file_key = $3", Bind);

    private static void Bind(ISqlParameters p, (long User, string Term, long File) row)
    {
        p.Add(row.User);
        p.Add(row.Term);
        p.Add(row.File);
    }
}
