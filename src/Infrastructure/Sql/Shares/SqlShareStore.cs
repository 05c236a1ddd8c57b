using System.Data.Common;
using Dapper;
using RooCoord.Application;
using RooCoord.Application.Shares;
using RooCoord.Domain;
using RooCoord.Domain.Files;
using RooCoord.Domain.Shares;
using RooCoord.Infrastructure.Sql.Files;

namespace RooCoord.Infrastructure.Sql.Shares;

/// <inheritdoc cref="IShareStore"/>
internal sealed class SqlShareStore(Database database, GroupCommit commit) : IShareStore
{
    // Its maker is still an owner of the file, and not switched off.
    private const string Stands = """
        EXISTS (SELECT 1 FROM file g JOIN user_account m ON m.user_key = s.user_key WHERE g.file_key = s.file_key AND m.disabled_at IS NULL
            AND (g.user_key = s.user_key OR EXISTS (SELECT 1 FROM file_permission p
                WHERE p.file_key = s.file_key AND p.user_key = s.user_key AND p.role = 3 AND (p.expires_at IS NULL OR p.expires_at > @at))))
        """;

    public Task AddAsync(Caller caller, string fileId, ShareLink link, string tokenHash, int limit) => commit.RunAsync(async transaction =>
    {
        var connection = transaction.Connection;
        var file = await OwnedAsync(connection, caller, fileId, link.CreatedAt).ConfigureAwait(false);
        var links = await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM share WHERE file_key = @Key", new { file.Key }).ConfigureAwait(false);
        if (links >= limit) throw Fault.Conflict($"a file has at most {limit} links");
        await connection.ExecuteAsync(
            """
            INSERT INTO share (id, file_key, user_key, token_hash, password_hash, max_downloads, downloads, created_at, expires_at)
            VALUES (@Id, @FileKey, @UserKey, @tokenHash, @PasswordHash, @MaxDownloads, 0, @at, @expires)
            """,
            new
            {
                link.Id,
                FileKey = file.Key,
                caller.UserKey,
                tokenHash,
                link.PasswordHash,
                link.MaxDownloads,
                at = link.CreatedAt.ToUnixTimeMilliseconds(),
                expires = link.ExpiresAt?.ToUnixTimeMilliseconds(),
            }).ConfigureAwait(false);
        await FileAudit.AddAsync(connection, fileId, caller, "shareCreate", null, link.CreatedAt, link.Id).ConfigureAwait(false);
        return file;
    });

    public async Task<IReadOnlyList<ShareLink>> ListAsync(FileEntry file, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<ShareRow>($"{ShareRow.Select} WHERE s.file_key = @Key ORDER BY s.created_at DESC, s.id DESC", new { file.Key }).ConfigureAwait(false);
        return [.. rows.Select(r => r.ToLink())];
    }

    public Task RemoveAsync(Caller caller, string fileId, string shareId, DateTimeOffset now) => commit.RunAsync(async transaction =>
    {
        var connection = transaction.Connection;
        var file = await OwnedAsync(connection, caller, fileId, now).ConfigureAwait(false);
        if (await connection.ExecuteAsync("DELETE FROM share WHERE id = @shareId AND file_key = @Key", new { shareId, file.Key }).ConfigureAwait(false) == 0) throw Fault.NotFound("link");
        await FileAudit.AddAsync(connection, fileId, caller, "shareDelete", null, now, shareId).ConfigureAwait(false);
        return file;
    });

    public Task<ShareLink?> FindByTokenAsync(string tokenHash, DateTimeOffset now, CancellationToken cancellationToken) =>
        FindAsync("s.token_hash = @name", tokenHash, now, cancellationToken);

    public Task<ShareLink?> FindAsync(string shareId, DateTimeOffset now, CancellationToken cancellationToken) =>
        FindAsync("s.id = @name", shareId, now, cancellationToken);

    private async Task<ShareLink?> FindAsync(string where, string name, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await FindAsync(connection, where, name, now).ConfigureAwait(false);
    }

    private static async Task<ShareLink?> FindAsync(DbConnection connection, string where, string name, DateTimeOffset now) =>
        (await connection.QuerySingleOrDefaultAsync<ShareRow>(
            $"{ShareRow.Select} WHERE {where} AND {Stands}", new { name, at = now.ToUnixTimeMilliseconds() }).ConfigureAwait(false))?.ToLink();

    public Task<long> CountDownloadAsync(string shareId, DateTimeOffset now) => commit.RunAsync(async transaction =>
    {
        var connection = transaction.Connection;
        var fileKey = await connection.ExecuteScalarAsync<long?>(
            $"""
            UPDATE share AS s SET downloads = downloads + 1
            WHERE s.id = @shareId AND (s.max_downloads IS NULL OR s.downloads < s.max_downloads) AND (s.expires_at IS NULL OR s.expires_at > @at) AND {Stands}
            RETURNING file_key
            """, new { shareId, at = now.ToUnixTimeMilliseconds() }).ConfigureAwait(false);
        if (fileKey is not { } key) throw await RefusalAsync(connection, shareId, now).ConfigureAwait(false);
        var content = await ContentRow.FindAsync(connection, "f.file_key = @key", new { key, version = (long?)null }).ConfigureAwait(false) ?? throw Fault.NotFound("link");
        // Whoever it is has no account; what they came by is known.
        await FileAudit.AddAsync(connection, content.FileId, new($"share:{shareId}", 0, null, false), "download", content.Version, now).ConfigureAwait(false);
        return content.Version;
    });

    private static async Task<Fault> RefusalAsync(DbConnection connection, string shareId, DateTimeOffset now)
    {
        if (await FindAsync(connection, "s.id = @name", shareId, now).ConfigureAwait(false) is not { } link) return Fault.NotFound("link");
        link.RequireOpen(now);
        return ShareLink.UsedUp();
    }

    public async Task<FileContent?> ContentAsync(ShareLink link, long? version, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await ContentRow.FindAsync(connection, "f.file_key = @FileKey", new { link.FileKey, version }).ConfigureAwait(false);
    }

    private static async Task<FileEntry> OwnedAsync(DbConnection connection, Caller caller, string fileId, DateTimeOffset now) =>
        (await FileRow.FindAsync(connection, caller.UserKey, fileId, now).ConfigureAwait(false) ?? throw Fault.NotFound("file")).Require(FileRole.Owner);
}
