using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace RooCoord.Bench.Search;

/// <summary>
/// Files of one user as uploads would have left them, written straight into the tables: a hundred thousand uploads would take
/// longer than everything measured. Words are common and rare as in a language (Zipf), names and tags are made of them.
/// </summary>
internal sealed class FileSet(int count)
{
    public const string User = "bench-0";
    private const int Words = 20_000;
    private static readonly string[] Types = ["image/jpeg", "image/jpeg", "image/jpeg", "image/png", "application/pdf", "application/pdf", "text/plain", "video/mp4", "audio/mpeg", "application/zip"];
    private static readonly string[] Syllables = ["ba", "co", "di", "fu", "ge", "ha", "in", "ko", "lu", "ma", "ne", "or", "pi", "qua", "re", "sto", "ta", "un", "ver", "wi"];

    private readonly Random _random = new(42);
    private readonly string[] _words = [.. Enumerable.Range(0, Words).Select(Word)];

    /// <summary>A word as common as its rank says.</summary>
    public string WordAt(int rank) => _words[rank];

    /// <summary>A word as it turns up.</summary>
    public string AnyWord() => _words[Math.Min(Words - 1, (int)Math.Pow(Words, _random.NextDouble()))];

    /// <summary>Writes user and files.</summary>
    public async Task WriteAsync(DbConnection connection, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await RunAsync(connection, transaction, $"INSERT INTO user_account (user_key, id, created_at, stored_files) VALUES (1, '{User}', 0, {count})", cancellation);
        await RunAsync(connection, transaction, "UPDATE counter SET next = 2 WHERE name = 'user'", cancellation);
        await RunAsync(connection, transaction, $"UPDATE counter SET next = {count + 1} WHERE name = 'file'", cancellation);
        for (var first = 1; first <= count; first += 500) await WriteAsync(connection, transaction, first, Math.Min(500, count + 1 - first), cancellation);
        await transaction.CommitAsync(cancellation);
        // What PostgreSQL does by itself some time after so many rows.
        await using var analyze = connection.CreateCommand();
        analyze.CommandText = connection is SqliteConnection ? "ANALYZE" : "VACUUM ANALYZE";
        await analyze.ExecuteNonQueryAsync(cancellation);
    }

    private async Task WriteAsync(DbConnection connection, DbTransaction transaction, int first, int many, CancellationToken cancellation)
    {
        var (files, versions, terms) = (new List<string>(), new List<string>(), new List<string>());
        for (var key = first; key < first + many; key++)
        {
            string[] name = [AnyWord(), AnyWord(), key.ToString(CultureInfo.InvariantCulture)], description = [.. Enumerable.Range(0, 5).Select(_ => AnyWord())];
            var tag = WordAt(_random.Next(30));
            var type = Types[_random.Next(Types.Length)];
            var size = (long)Math.Exp(_random.NextDouble() * 20);
            var at = 1_700_000_000_000 + (key * 60_000L);
            var words = name.Append("dat").Concat(description).Append(tag).Distinct().ToArray();
            var text = $"{name[0]} {name[1]} {name[2]}.dat";
            files.Add($"({key},'{key:x32}',1,'{text}','{text}','{type}',{size},'{key:x64}',1,1,1,'{tag}','{string.Join(' ', description)}','{string.Join(' ', words)}',{at},{at + _random.Next(1_000_000_000)})");
            versions.Add($"({key},1,{size},'{key:x64}','{type}',1,{at})");
            terms.AddRange(words.Append($"#{tag}").Select(w => $"(1,'{w}',{key})"));
        }
        await RunAsync(
            connection, transaction,
            $"INSERT INTO file (file_key, id, user_key, name, name_order, mime_type, size, sha256, version, last_version, revision, tags, description, words, created_at, updated_at) VALUES {string.Join(',', files)}",
            cancellation);
        await RunAsync(connection, transaction, $"INSERT INTO file_version (file_key, version, size, sha256, mime_type, user_key, created_at) VALUES {string.Join(',', versions)}", cancellation);
        await RunAsync(connection, transaction, $"INSERT INTO file_term (user_key, term, file_key) VALUES {string.Join(',', terms)}", cancellation);
    }

    private static async Task RunAsync(DbConnection connection, DbTransaction transaction, string sql, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = (sql, transaction);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    // The rank in syllables: short words are common, and prefixes are shared.
    private static string Word(int rank)
    {
        var word = "";
        for (var rest = rank + 1; rest > 0; rest /= Syllables.Length) word += Syllables[rest % Syllables.Length];
        return word;
    }
}
