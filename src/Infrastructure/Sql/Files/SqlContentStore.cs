using RooCoord.Application;
using RooCoord.Application.Files;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <inheritdoc cref="IContentStore"/>
internal sealed class SqlContentStore(Database database, GroupCommit commit, TimeProvider time) : IContentStore
{
    public async Task<FileContent?> FindAsync(long userKey, string fileId, long? version, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await ContentRow.FindAsync(
            connection,
            """
            f.id = @fileId AND (f.user_key = @userKey OR EXISTS (SELECT 1 FROM file_permission p
                WHERE p.file_key = f.file_key AND p.user_key = @userKey AND (p.expires_at IS NULL OR p.expires_at > @now)))
            """, new { userKey, fileId, version, now = time.GetUtcNow().ToUnixTimeMilliseconds() }).ConfigureAwait(false);
    }

    public Task NoteDownloadAsync(Caller caller, FileContent content, DateTimeOffset at) => commit.RunAsync(async transaction =>
    {
        await FileAudit.AddAsync(transaction.Connection, content.FileId, caller, "download", content.Version, at).ConfigureAwait(false);
        return content.Version;
    });
}
