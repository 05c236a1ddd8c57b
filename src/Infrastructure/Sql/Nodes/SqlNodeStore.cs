using Dapper;
using RooCoord.Application.Cluster;
using RooCoord.Application.Devices;

namespace RooCoord.Infrastructure.Sql.Nodes;

/// <inheritdoc cref="INodeStore"/>
internal sealed class SqlNodeStore(Database database, GroupCommit commit) : INodeStore
{
    private const int MaxAtOnce = 500;

    private string End => $"UPDATE node SET dead_at = COALESCE(dead_at, {database.Clock}), ended_at = {database.Clock} WHERE ended_at IS NULL AND node_key";

    public Task<long> RegisterAsync() => commit.RunAsync(async transaction =>
    {
        var key = await transaction.Connection.ExecuteScalarAsync<long>("UPDATE counter SET next = next + 1 WHERE name = 'node' RETURNING next - 1").ConfigureAwait(false);
        await transaction.Connection.ExecuteAsync(
            $"INSERT INTO node (node_key, started_at, seen_at) VALUES (@key, {database.Clock}, {database.Clock})", new { key }).ConfigureAwait(false);
        return key;
    });

    // Not by way of the writer: a long transaction is no death.
    public async Task<bool> BeatAsync(long node, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await connection.ExecuteAsync(new CommandDefinition(
            $"UPDATE node SET seen_at = {database.Clock} WHERE node_key = @node AND dead_at IS NULL", new { node }, cancellationToken: cancellationToken)).ConfigureAwait(false) > 0;
    }

    public Task StopAsync(long node) => commit.RunAsync(transaction =>
        transaction.Connection.ExecuteAsync($"UPDATE node SET dead_at = {database.Clock} WHERE node_key = @node AND dead_at IS NULL", new { node }));

    public Task EndAsync(long node) => commit.RunAsync(transaction => transaction.Connection.ExecuteAsync($"{End} = @node", new { node }));

    public async Task<IReadOnlyList<long>> DeadAmongAsync(IReadOnlyCollection<long> known, CancellationToken cancellationToken)
    {
        if (known.Count == 0) return [];
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        return (await connection.QueryAsync<long>(new CommandDefinition(
            $"SELECT node_key FROM node WHERE dead_at IS NOT NULL AND node_key IN ({string.Join(',', known)})", cancellationToken: cancellationToken)).ConfigureAwait(false)).AsList();
    }

    public async Task<IReadOnlyList<long>> DeclareDeadAsync(TimeSpan silentFor, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync(new CommandDefinition(
            $"UPDATE node SET dead_at = {database.Clock} WHERE ended_at IS NULL AND dead_at IS NULL AND seen_at < {database.Clock} - @silent",
            new { silent = (long)silentFor.TotalMilliseconds }, cancellationToken: cancellationToken)).ConfigureAwait(false);
        return (await connection.QueryAsync<long>("SELECT node_key FROM node WHERE ended_at IS NULL AND dead_at IS NOT NULL").ConfigureAwait(false)).AsList();
    }

    public Task<IReadOnlyList<DeviceName>> DisconnectAsync(long node, DateTimeOffset now) => commit.RunAloneAsync(async transaction =>
    {
        var at = now.ToUnixTimeMilliseconds();
        var keys = (await transaction.Connection.QueryAsync<long>(
            $"SELECT device_key FROM mailbox WHERE node = @node ORDER BY device_key LIMIT @MaxAtOnce {database.ForUpdate}", new { node, MaxAtOnce }).ConfigureAwait(false)).AsList();
        await transaction.ExecuteEachAsync(Unhold, [.. keys.Select(key => (key, node))]).ConfigureAwait(false);
        await transaction.ExecuteEachAsync(CloseSession, [.. keys.Select(key => (key, at))]).ConfigureAwait(false);
        await transaction.ExecuteEachAsync(SetOffline, [.. keys.Select(key => (key, at))]).ConfigureAwait(false);
        var names = await transaction.QueryEachAsync(SelectName, keys).ConfigureAwait(false);
        return (IReadOnlyList<DeviceName>)[.. names];
    });

    public Task EndOthersAsync(long own, DateTimeOffset now) => commit.RunAsync(async transaction =>
    {
        var at = now.ToUnixTimeMilliseconds();
        var connection = transaction.Connection;
        await connection.ExecuteAsync($"{End} <> @own", new { own }).ConfigureAwait(false);
        await connection.ExecuteAsync("UPDATE mailbox SET node = 0 WHERE node <> 0").ConfigureAwait(false);
        await connection.ExecuteAsync("UPDATE session SET connected = 0, disconnected_at = @at WHERE connected = 1 AND ended_at IS NULL", new { at }).ConfigureAwait(false);
        return await connection.ExecuteAsync("UPDATE device SET status = 0 WHERE status <> 0").ConfigureAwait(false);
    });

    public async Task<IReadOnlyList<HeldMailbox>> MailboxesAsync(long node, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<(long, long, long)>(new CommandDefinition(
            "SELECT device_key, head, fence FROM mailbox WHERE node = @node AND node <> 0", new { node }, cancellationToken: cancellationToken)).ConfigureAwait(false);
        return [.. rows.Select(r => new HeldMailbox(r.Item1, r.Item2, r.Item3))];
    }

    public async Task<IReadOnlyDictionary<long, long>> NodesOfAsync(IReadOnlyCollection<long> deviceKeys, CancellationToken cancellationToken)
    {
        var nodes = new Dictionary<long, long>();
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        foreach (var keys in deviceKeys.Chunk(MaxAtOnce))
        {
            var rows = await connection.QueryAsync<(long Device, long Node)>(new CommandDefinition(
                $"SELECT device_key, node FROM mailbox WHERE device_key IN ({string.Join(',', keys)}) AND node <> 0", cancellationToken: cancellationToken)).ConfigureAwait(false);
            foreach (var (device, node) in rows) nodes[device] = node;
        }
        return nodes;
    }

    public async Task<DevicePlace?> FindAsync(long userKey, string deviceId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<(long, long)>(new CommandDefinition(
            """
            SELECT m.device_key, m.node FROM device d JOIN mailbox m ON m.device_key = d.device_key
            WHERE d.id = @deviceId AND d.user_key = @userKey AND d.revoked_at IS NULL AND m.node <> 0
            """, new { deviceId, userKey }, cancellationToken: cancellationToken)).ConfigureAwait(false);
        return rows.Select(r => new DevicePlace(r.Item1, r.Item2)).Cast<DevicePlace?>().FirstOrDefault();
    }

    private static readonly SqlStatement<(long Key, long Node)> Unhold = new(
        "UPDATE mailbox SET fence = fence + 1, node = 0 WHERE device_key = $1 AND node = $2", static (p, d) => { p.Add(d.Key); p.Add(d.Node); });

    private static readonly SqlStatement<(long Key, long At)> CloseSession = new(
        "UPDATE session SET connected = 0, disconnected_at = $2 WHERE device_key = $1 AND connected = 1 AND ended_at IS NULL", static (p, d) => { p.Add(d.Key); p.Add(d.At); });

    private static readonly SqlStatement<(long Key, long At)> SetOffline = new(
        "UPDATE device SET status = 0, last_seen_at = $2 WHERE device_key = $1", static (p, d) => { p.Add(d.Key); p.Add(d.At); });

    private static readonly SqlQuery<long, DeviceName> SelectName = new(
        "SELECT user_key, id FROM device WHERE device_key = $1", static (p, key) => p.Add(key), static r => new(r.GetInt64(0), r.GetString(1)));
}
