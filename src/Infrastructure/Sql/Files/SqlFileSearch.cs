using System.Data.Common;
using System.Text;
using Dapper;
using RooCoord.Application;
using RooCoord.Application.Files;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <summary>
/// <inheritdoc cref="IFileSearch"/> A user's own files are found in one of two ways: walking the index of the order and looking at each
/// row, or from the keys of the rarest filter, sorted afterwards. Which is cheaper follows from how many files each filter has, counted up
/// to a bound; where filters exclude each other the walk would not end, so it has an end, and the other way follows.
/// </summary>
internal sealed class SqlFileSearch(Database database, TimeProvider time) : IFileSearch
{
    private const long MaxCounted = 10_000;
    private const long MaxWalked = 16_000;
    // A row found by its key costs as much as so many in the order of an index (measured: 1.3 on SQLite, 3.7 on PostgreSQL).
    private const long KeyCost = 3;
    // A filter that many files have is taken for one that each so-manyth has.
    private const long Common = 5;

    private const string OwnColumns = """
        f.file_key AS FileKey, f.id AS Id, f.user_key AS UserKey, '' AS OwnerId, f.name AS Name, f.mime_type AS MimeType, f.size AS Size, f.sha256 AS Sha256,
        f.version AS Version, f.revision AS Revision, f.tags AS Tags, f.description AS Description, f.created_at AS CreatedAt, f.updated_at AS UpdatedAt, CAST(3 AS BIGINT) AS Role
        """;

    public async Task<IReadOnlyList<FileEntry>> FindAsync(Caller caller, FileQuery query, CancellationToken cancellationToken)
    {
        var filter = new FileFilter(caller, query, time.GetUtcNow());
        if (caller.UserKey == 0 || filter.IsEmpty) return [];
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var own = query.Ownership == FileOwnership.Shared ? [] : await OwnAsync(connection, filter, query.Limit).ConfigureAwait(false);
        var shared = query.Ownership == FileOwnership.Own ? [] : await SharedAsync(connection, filter, query).ConfigureAwait(false);
        IEnumerable<FileEntry> files = [.. own.Select(r => r.ToFile() with { OwnerId = caller.UserId }), .. shared.Select(r => r.ToFile())];
        if (own.Count > 0 && shared.Count > 0) files = Sorted(files, query);
        return [.. files.Take(query.Limit)];
    }

    private async Task<List<FileRow>> OwnAsync(DbConnection connection, FileFilter filter, int limit)
    {
        if (filter.Sources.Count == 0) return await WalkAsync(connection, filter).ConfigureAwait(false);
        var (total, found) = await CountAsync(connection, filter, MaxCounted).ConfigureAwait(false);
        var rarest = Array.IndexOf(found, found.Min());
        if (found[rarest] == 0) return [];
        var isKnown = found[rarest] < MaxCounted;
        var expected = found.Aggregate((double)limit, (rows, count) => rows * Math.Max(1, total / (double)(count < MaxCounted ? count : Math.Max(count, total / Common))));
        var walked = isKnown ? found[rarest] * KeyCost : MaxWalked;
        if (!isKnown || expected < walked)
        {
            var rows = await WalkAsync(connection, filter, walked).ConfigureAwait(false);
            if (rows.Count >= limit || await IsWholeAsync(connection, filter, walked).ConfigureAwait(false)) return rows;
        }
        if (!isKnown && found.Length > 1)
        {
            // All are common, and rarely meet: now it matters which is the least so.
            (_, found) = await CountAsync(connection, filter, total).ConfigureAwait(false);
            rarest = Array.IndexOf(found, found.Min());
        }
        return await FromKeysAsync(connection, filter, filter.Sources[rarest], filter.Ranges + filter.Conditions).ConfigureAwait(false);
    }

    // How many files the user has, and how many each filter finds.
    private static async Task<(long Total, long[] Found)> CountAsync(DbConnection connection, FileFilter filter, long atMost)
    {
        filter.Parameters.Add("atMost", atMost);
        var counts = string.Join(", ", filter.Sources.Select(s => $"(SELECT COUNT(*) FROM ({s} LIMIT @atMost) AS s)"));
        using var reader = await connection.ExecuteReaderAsync($"SELECT stored_files, {counts} FROM user_account WHERE user_key = @userKey", filter.Parameters).ConfigureAwait(false);
        var isThere = await reader.ReadAsync().ConfigureAwait(false);
        return isThere ? (reader.GetInt64(0), [.. Enumerable.Range(1, filter.Sources.Count).Select(reader.GetInt64)]) : (0, new long[filter.Sources.Count]);
    }

    private static async Task<List<FileRow>> WalkAsync(DbConnection connection, FileFilter filter) => (await connection.QueryAsync<FileRow>(
        $"SELECT {OwnColumns} FROM file f WHERE f.user_key = @userKey{filter.Ranges} {filter.OrderBy} LIMIT @limit", filter.Parameters).ConfigureAwait(false)).AsList();

    // Of the rows looked at only what the conditions need; the others would be copied for nothing.
    private Task<List<FileRow>> WalkAsync(DbConnection connection, FileFilter filter, long rows)
    {
        filter.Parameters.Add("rows", rows);
        return FromKeysAsync(connection, filter,
            $"""
            SELECT f.file_key FROM (
                SELECT f.file_key, f.id, f.words, f.tags, f.mime_type, f.size, f.created_at, f.{filter.SortColumn} AS place
                FROM file f WHERE f.user_key = @userKey{filter.Ranges} {filter.OrderBy} LIMIT @rows) AS f
            WHERE 1 = 1{filter.Conditions} ORDER BY f.place {filter.Direction}, f.id {filter.Direction} LIMIT @limit
            """, "");
    }

    // Whether a walk of so many rows has seen all there are.
    private static async Task<bool> IsWholeAsync(DbConnection connection, FileFilter filter, long rows) => await connection.ExecuteScalarAsync<long>(
        $"SELECT COUNT(*) FROM (SELECT f.id FROM file f WHERE f.user_key = @userKey{filter.Ranges} {filter.OrderBy} LIMIT @rows) AS s", filter.Parameters).ConfigureAwait(false) < rows;

    private async Task<List<FileRow>> FromKeysAsync(DbConnection connection, FileFilter filter, string keys, string conditions) => (await connection.QueryAsync<FileRow>(
        $"SELECT {OwnColumns} FROM file f WHERE f.file_key {database.IsOneOf(keys)}{conditions} {filter.OrderBy} LIMIT @limit",
        filter.Parameters).ConfigureAwait(false)).AsList();

    // CROSS JOIN: SQLite takes its tables in the order they stand in.
    private static async Task<List<FileRow>> SharedAsync(DbConnection connection, FileFilter filter, FileQuery query) => (await connection.QueryAsync<FileRow>(
        $"""
        SELECT {FileRow.Columns} FROM file_permission p CROSS JOIN file f CROSS JOIN user_account u
        WHERE p.user_key = @userKey AND (p.expires_at IS NULL OR p.expires_at > @now) AND f.file_key = p.file_key AND u.user_key = f.user_key
            {(query.OwnerId is null ? "" : "AND u.id = @ownerId")}{filter.Ranges}{filter.Conditions}
        {filter.OrderBy} LIMIT @limit
        """, filter.Parameters).ConfigureAwait(false)).AsList();

    private static IEnumerable<FileEntry> Sorted(IEnumerable<FileEntry> files, FileQuery query)
    {
        var places = Comparer<FilePlace>.Create(static (a, b) =>
            a.Number.CompareTo(b.Number) is not 0 and var number ? number : Compare(a.Text, b.Text) is not 0 and var text ? text : string.CompareOrdinal(a.Id, b.Id));
        return query.Descending ? files.OrderByDescending(f => f.PlaceIn(query.Order), places) : files.OrderBy(f => f.PlaceIn(query.Order), places);
    }

    // As the databases compare: by UTF-8, which differs from UTF-16 beyond its surrogates.
    private static int Compare(string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));
}
