using Npgsql;
using RooCoord.Application.Cluster;
using RooCoord.Application.Sessions;
using RooCoord.Domain.Devices;
using RooCoord.Infrastructure.Tests.Backplane;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>
/// Whoever locks a mailbox locks it first: behind a lock of something else it would cross the batches of other nodes, which hold
/// mailboxes when they come to the rest, and the deadlock would cost both writers a second.
/// </summary>
public sealed class LockOrderTests() : StoreFixture(Engine.Postgres)
{
    private static readonly string[] Others =
    [
        "SELECT 1 FROM device WHERE device_key = $1 FOR UPDATE NOWAIT",
        "SELECT 1 FROM session WHERE device_key = $1 FOR UPDATE NOWAIT",
        "SELECT 1 FROM credential_family WHERE device_key = $1 FOR UPDATE NOWAIT",
        "SELECT 1 FROM user_account WHERE user_key = (SELECT user_key FROM device WHERE device_key = $1) FOR UPDATE NOWAIT",
    ];

    [TestCaseSource(typeof(Fences), nameof(Fences.All))]
    public Task WhoeverRaisesAFence_LocksTheMailboxFirst(string what, Func<Fences, Task> raise) =>
        HoldsNothingElseAsync(what, 7, device => raise(new(Get<IServiceProvider>(), device, Now)));

    [Test]
    public Task ClearingUpAfterADeadNode_LocksMailboxesFirst() => HoldsNothingElseAsync("dead", 8, _ => Get<INodeStore>().DisconnectAsync(8, Now));

    private async Task HoldsNothingElseAsync(string user, long node, Func<Device, Task> act)
    {
        Get<OwnNode>().Key = node;
        var device = await AddDeviceAsync(user, $"f {user}");
        await Get<ISessionStore>().OpenAsync(device.Key, $"f {user}", $"s {user}", Now);
        await using var holding = await OpenAsync(Place.Setting);
        await using var transaction = await holding.BeginTransactionAsync();
        await RunAsync(holding, "SELECT 1 FROM mailbox WHERE device_key = $1 FOR UPDATE", device.Key);

        var acting = act(device);
        await using var watching = await OpenAsync(Place.Setting);
        await Eventually.HoldsAsync(
            () => RunAsync(watching, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND $1 > 0", 1).GetAwaiter().GetResult() is 1L,
            "it waits for the mailbox");
        foreach (var other in Others) Assert.That(() => RunAsync(watching, other, device.Key), Throws.Nothing, "it would hold what others want who hold the mailbox");

        await transaction.CommitAsync();
        await acting.WaitAsync(HubClient.Deadline);
    }

    private static async Task<NpgsqlConnection> OpenAsync(string setting)
    {
        var connection = new NpgsqlConnection(setting);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string sql, long key)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = key } } };
        return await command.ExecuteScalarAsync();
    }
}
