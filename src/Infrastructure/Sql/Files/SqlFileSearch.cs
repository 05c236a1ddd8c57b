using System.Data.Common;
using System.Text;
using Dapper;
using RooCoord.Application;
using RooCoord.Application.Files;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <summary>
/// <inheritdoc cref="IFileSearch"/> A user's own files are found in one of two ways: walking the index of the order and looking at each
/// row, or from the keys of the rarest filters, sorted afterwards. Which is cheaper follows from how many files each filter has, counted up
/// to a bound; where filters exclude each other the walk would not end, so it has an end, and the other way follows.
/// </summary>
internal sealed class SqlFileSearch(Database database, TimeProvider time) : IFileSearch
{
    private const long MaxCounted = 20_000;
    private const long MaxWalked = 4_000;
    private const long KeysARow = 4;

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

    private static async Task<List<FileRow>> OwnAsync(DbConnection connection, FileFilter filter, int limit)
    {
        if (filter.Sources.Count == 0) return await WalkAsync(connection, filter).ConfigureAwait(false);
        var counts = string.Join(", ", filter.Sources.Select(s => $"(SELECT COUNT(*) FROM ({s} LIMIT {MaxCounted}) AS s)"));
        using var reader = await connection.ExecuteReaderAsync($"SELECT stored_files, {counts} FROM user_account WHERE user_key = @userKey", filter.Parameters).ConfigureAwait(false);
        if (!await reader.ReadAsync().ConfigureAwait(false)) return [];
        var total = reader.GetInt64(0);
        long[] found = [.. Enumerable.Range(1, filter.Sources.Count).Select(reader.GetInt64)];
        await reader.CloseAsync().ConfigureAwait(false);

        var rarest = Array.IndexOf(found, found.Min());
        if (found[rarest] == 0) return [];
        var expected = found.Aggregate((double)limit, (rows, count) => rows * Math.Max(1, total / (double)count));
        if (expected < found[rarest] && expected < MaxWalked)
        {
            var rows = await WalkAsync(connection, filter, MaxWalked).ConfigureAwait(false);
            if (rows.Count >= limit || total <= MaxWalked) return rows;
        }
        // Keys cost a quarter of a row or less: what is about as rare is intersected before any row is looked at.
        var rare = filter.Sources.Where((_, i) => i == rarest || found[i] <= found[rarest] * KeysARow);
        return await FromKeysAsync(connection, filter, string.Join(" INTERSECT ", rare)).ConfigureAwait(false);
    }

    private static async Task<List<FileRow>> WalkAsync(DbConnection connection, FileFilter filter) => (await connection.QueryAsync<FileRow>(
        $"SELECT {OwnColumns} FROM file f WHERE f.user_key = @userKey{filter.Ranges} {filter.OrderBy} LIMIT @limit", filter.Parameters).ConfigureAwait(false)).AsList();

    private static async Task<List<FileRow>> WalkAsync(DbConnection connection, FileFilter filter, long rows) => (await connection.QueryAsync<FileRow>(
        $"""
        SELECT {OwnColumns} FROM (SELECT * FROM file f WHERE f.user_key = @userKey{filter.Ranges} {filter.OrderBy} LIMIT {rows}) AS f
        WHERE 1 = 1{filter.Conditions} {filter.OrderBy} LIMIT @limit
        """, filter.Parameters).ConfigureAwait(false)).AsList();

    // CROSS JOIN: SQLite takes its tables in the order they stand in.
    private static async Task<List<FileRow>> FromKeysAsync(DbConnection connection, FileFilter filter, string keys) => (await connection.QueryAsync<FileRow>(
        $"""
        SELECT {OwnColumns} FROM (SELECT DISTINCT file_key FROM ({keys}) AS s) AS k CROSS JOIN file f
        WHERE f.file_key = k.file_key{filter.Ranges}{filter.Conditions} {filter.OrderBy} LIMIT @limit
        """, filter.Parameters).ConfigureAwait(false)).AsList();

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
