using System.Data.Common;
using Dapper;
using RooCoord.Application.Devices;
using RooCoord.Application.Messages;
using RooCoord.Domain;
using RooCoord.Domain.Devices;

namespace RooCoord.Infrastructure.Sql;

/// <inheritdoc cref="IDeviceStore"/>
internal sealed class SqlDeviceStore(Database database, GroupCommit commit, IMailboxSignal signal, TimerWake timers) : IDeviceStore
{
    private const int IdsAQuery = 100;
    private static readonly string SelectByIds =
        $"{DeviceRow.Select} WHERE d.id IN ({string.Join(", ", Enumerable.Range(0, IdsAQuery).Select(i => $"@i{i}"))}) AND d.revoked_at IS NULL";

    public Task<Device> AddAsync(Device device, NewRefreshToken credential, int maxDevices) => commit.RunAsync(async transaction =>
    {
        var connection = transaction.Connection;
        var user = await UserAsync(connection, device.UserId, device.CreatedAt).ConfigureAwait(false);
        var count = await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM device WHERE user_key = @user AND revoked_at IS NULL", new { user }).ConfigureAwait(false);
        if (maxDevices > 0 && count >= maxDevices) throw Fault.Conflict($"the user has {count} devices, the limit is {maxDevices}");
        var added = device with { Key = await NextKeyAsync(connection, "device").ConfigureAwait(false), UserKey = user };
        await connection.ExecuteAsync(
            """
            INSERT INTO device (device_key, user_key, id, name, type, platform, app_version, capabilities, max_file_size, role, status, created_at)
            VALUES (@Key, @UserKey, @Id, @Name, @Type, @Platform, @AppVersion, @Capabilities, @MaxFileSize, @Role, 0, @CreatedAt)
            """, DeviceRow.Parameters(added)).ConfigureAwait(false);
        await connection.ExecuteAsync(
            "INSERT INTO mailbox (device_key, head, open_entries, fence, closed, acked_low, acked_normal, acked_high, acked_critical) VALUES (@Key, 0, 0, 0, 0, 0, 0, 0, 0)",
            new { added.Key }).ConfigureAwait(false);
        await SqlCredentialStore.StartFamilyAsync(connection, added.Key, credential).ConfigureAwait(false);
        return added;
    });

    public async Task<IReadOnlyList<Device>> ListAsync(long userKey, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<DeviceRow>(
            $"{DeviceRow.Select} WHERE d.user_key = @userKey AND d.revoked_at IS NULL ORDER BY d.device_key", new { userKey }).ConfigureAwait(false);
        return [.. rows.Select(r => r.ToDevice())];
    }

    public async Task<Device?> FindAsync(long userKey, string id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await FindAsync(connection, userKey, id).ConfigureAwait(false);
    }

    internal static async Task<Device?> FindAsync(DbConnection connection, long userKey, string id) =>
        (await connection.QuerySingleOrDefaultAsync<DeviceRow>(
            $"{DeviceRow.Select} WHERE d.id = @id AND d.user_key = @userKey AND d.revoked_at IS NULL", new { id, userKey }).ConfigureAwait(false))?.ToDevice();

    public Task<Device?> UpdateAsync(long userKey, string id, Func<Device, Device> change) => commit.RunAsync(async transaction =>
    {
        if (await FindAsync(transaction.Connection, userKey, id).ConfigureAwait(false) is not { } device) return null;
        var changed = change(device);
        await transaction.Connection.ExecuteAsync(
            """
            UPDATE device SET name = @Name, platform = @Platform, app_version = @AppVersion, capabilities = @Capabilities, max_file_size = @MaxFileSize, role = @Role
            WHERE device_key = @Key
            """, DeviceRow.Parameters(changed)).ConfigureAwait(false);
        return (Device?)changed;
    });

    public async Task<Device?> RevokeAsync(long userKey, string id, DateTimeOffset now)
    {
        IReadOnlyList<ReceiptFor> receipts = [];
        var revoked = await commit.RunAloneAsync(async transaction =>
        {
            var connection = transaction.Connection;
            if (await FindAsync(connection, userKey, id).ConfigureAwait(false) is not { } device) return null;
            var at = new { device.Key, Now = now.ToUnixTimeMilliseconds() };
            // The mailbox first, as everybody locks it; what another node appends until then is seen below, and nothing is appended afterwards.
            await connection.ExecuteAsync("UPDATE mailbox SET closed = 1, open_entries = 0, won = 0, fence = fence + 1, node = 0 WHERE device_key = @Key", at).ConfigureAwait(false);
            await connection.ExecuteAsync("UPDATE device SET revoked_at = @Now, status = 0 WHERE device_key = @Key", at).ConfigureAwait(false);
            await connection.ExecuteAsync("UPDATE credential_family SET revoked_at = @Now WHERE device_key = @Key AND revoked_at IS NULL", at).ConfigureAwait(false);
            await connection.ExecuteAsync("UPDATE session SET ended_at = @Now, connected = 0 WHERE device_key = @Key AND ended_at IS NULL", at).ConfigureAwait(false);
            var closed = await EntrySql.KillAllAsync(transaction, device.Key, at.Now).ConfigureAwait(false);
            receipts = await EntryClosings.RecordAsync(transaction, [.. closed.Select(e => (device.Key, e))], at.Now).ConfigureAwait(false);
            await transaction.FlushAsync().ConfigureAwait(false);
            return (Device?)(device with { RevokedAt = now, Status = DeviceStatus.Offline });
        }).ConfigureAwait(false);
        if (receipts.Count > 0) signal.Receipts(receipts);
        timers.Wake();
        return revoked;
    }

    public async Task<IReadOnlyList<Device>> FindAsync(IReadOnlyList<DeviceName> names, CancellationToken cancellationToken)
    {
        var found = new List<Device>();
        if (names.Count == 0) return found;
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        foreach (var chunk in names.Chunk(IdsAQuery))
        {
            // Always as many parameters, the last ones repeated: one statement for any number of ids.
            var ids = new DynamicParameters();
            for (var i = 0; i < IdsAQuery; i++) ids.Add($"i{i}", chunk[Math.Min(i, chunk.Length - 1)].Id);
            var rows = await connection.QueryAsync<DeviceRow>(SelectByIds, ids).ConfigureAwait(false);
            found.AddRange(rows.Select(r => r.ToDevice()).Where(d => chunk.Contains(new(d.UserKey, d.Id))));
        }
        return found;
    }

    public Task SaveTelemetryAsync(IReadOnlyList<DeviceReport> reports) => commit.RunAsync(async transaction =>
    {
        // In the order of the keys, so that two nodes cannot wait for each other.
        await transaction.ExecuteEachAsync(SaveTelemetry, [.. reports.OrderBy(r => r.DeviceKey)]).ConfigureAwait(false);
        await transaction.FlushAsync().ConfigureAwait(false);
        return reports.Count;
    });

    private static readonly SqlStatement<DeviceReport> SaveTelemetry = new(
        "UPDATE device SET telemetry = $1 WHERE device_key = $2 AND revoked_at IS NULL",
        static (p, report) =>
        {
            p.Add(report.Telemetry);
            p.Add(report.DeviceKey);
        });

    internal static async Task<long> UserAsync(DbConnection connection, string id, DateTimeOffset now)
    {
        if (await connection.ExecuteScalarAsync<long?>("SELECT user_key FROM user_account WHERE id = @id", new { id }).ConfigureAwait(false) is { } found) return found;
        var key = await NextKeyAsync(connection, "user").ConfigureAwait(false);
        await connection.ExecuteAsync(
            "INSERT INTO user_account (user_key, id, created_at) VALUES (@key, @id, @at)", new { key, id, at = now.ToUnixTimeMilliseconds() }).ConfigureAwait(false);
        return key;
    }

    internal static Task<long> NextKeyAsync(DbConnection connection, string name) =>
        connection.ExecuteScalarAsync<long>("UPDATE counter SET next = next + 1 WHERE name = @name RETURNING next - 1", new { name });
}
