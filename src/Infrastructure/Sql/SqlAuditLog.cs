using Dapper;
using RooCoord.Application.Admin;
using RooCoord.Domain.Users;

namespace RooCoord.Infrastructure.Sql;

/// <inheritdoc cref="IAuditLog"/>
internal sealed class SqlAuditLog(Database database, GroupCommit commit) : IAuditLog
{
    public Task AddAsync(DateTimeOffset at, string admin, string action, string? userId) => commit.RunAsync(async transaction =>
    {
        var key = await SqlDeviceStore.NextKeyAsync(transaction.Connection, "audit").ConfigureAwait(false);
        return await transaction.Connection.ExecuteAsync(
            "INSERT INTO admin_audit (audit_key, at, admin, action, user_id) VALUES (@key, @ms, @admin, @action, @userId)",
            new { key, ms = at.ToUnixTimeMilliseconds(), admin, action, userId }).ConfigureAwait(false);
    });

    public async Task<IReadOnlyList<AuditedCall>> ListAsync(long? before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<AuditRow>(
            """
            SELECT audit_key AS AuditKey, at AS At, admin AS Admin, action AS Action, user_id AS UserId FROM admin_audit
            WHERE audit_key < @before ORDER BY audit_key DESC LIMIT @limit
            """, new { before = before ?? long.MaxValue, limit }).ConfigureAwait(false);
        return [.. rows.Select(r => r.ToCall())];
    }

    private sealed record AuditRow(long AuditKey, long At, string Admin, string Action, string? UserId)
    {
        public AuditedCall ToCall() => new(AuditKey, DateTimeOffset.FromUnixTimeMilliseconds(At), Admin, Action, UserId);
    }
}
