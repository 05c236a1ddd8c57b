using Dapper;
using Microsoft.Extensions.DependencyInjection;
using RooCoord.Infrastructure.Sql;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>What the writers of two nodes do to each other on PostgreSQL.</summary>
public sealed class WriterTests
{
    // Idle for 5 s, and whoever looks is not at once there.
    private static readonly TimeSpan Abandoned = TimeSpan.FromSeconds(15);
    private TestDatabase _database = null!;

    [OneTimeSetUp]
    public async Task CreateAsync() => _database = await TestDatabase.CreateAsync(Engine.Postgres);

    [OneTimeTearDown]
    public async Task RemoveAsync() => await _database.DisposeAsync();

    [Test]
    public async Task ATransactionThatStopsInTheMiddle_HoldsUpNobodyForLong()
    {
        const string Locks = "UPDATE held SET value = value + 1 RETURNING value";
        await using var frozen = new PostgresDatabase(_database.Setting);
        await using var other = new PostgresDatabase(_database.Setting);
        await using (var connection = await other.OpenAsync(CancellationToken.None)) await connection.ExecuteAsync("CREATE TABLE held (value BIGINT); INSERT INTO held VALUES (0)");
        var abandoned = frozen.Begin();
        await abandoned.Connection.ExecuteAsync(Locks);

        await using (var connection = await other.OpenAsync(CancellationToken.None))
            Assert.That(await connection.ExecuteScalarAsync<long>(Locks).WaitAsync(Abandoned), Is.EqualTo(1), "what the frozen one did is taken back");
        Assert.That(async () => await abandoned.CommitAsync(), Throws.InstanceOf<System.Data.Common.DbException>());
        await abandoned.RollbackAsync();

        var next = frozen.Begin();
        Assert.That(await next.Connection.ExecuteScalarAsync<long>(Locks), Is.EqualTo(2), "the writer goes on");
        await next.CommitAsync();
    }

    [Test]
    public async Task WorkThatIsAlone_HasATransactionOfItsOwn_InItsPlace()
    {
        const string Transaction = "SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)";
        await using var services = StoreFixture.Services(_database, TimeProvider.System, new RecordingSignal());
        var commit = services.GetRequiredService<GroupCommit>();
        Task<long> Run() => commit.RunAsync(t => t.Connection.ExecuteScalarAsync<long>(Transaction));
        Task<long> RunAlone() => commit.RunAloneAsync(t => t.Connection.ExecuteScalarAsync<long>(Transaction));
        Task<long>[] works = [Run(), Run(), RunAlone(), RunAlone(), Run(), Run()];
        await commit.StartAsync(CancellationToken.None);
        var ids = await Task.WhenAll(works);
        await commit.StopAsync(CancellationToken.None);
        Assert.That(ids, Is.Ordered);
        Assert.That(ids.CountBy(id => id).Select(c => c.Value), Is.EqualTo(new[] { 2, 1, 1, 2 }));
    }

    [Test]
    public async Task ABatch_StaysOnTheWritersThread_WhateverItWaitsFor()
    {
        await using var services = StoreFixture.Services(_database, TimeProvider.System, new RecordingSignal());
        var commit = services.GetRequiredService<GroupCommit>();
        await commit.StartAsync(CancellationToken.None);
        var isOnThePool = await commit.RunAsync(async transaction =>
        {
            await transaction.Connection.ExecuteScalarAsync("SELECT pg_sleep(0.02)").ConfigureAwait(false);
            await transaction.Connection.ExecuteAsync("SELECT pg_sleep(0.02)").ConfigureAwait(false);
            _ = (await transaction.Connection.QueryAsync<string>("SELECT CAST(pg_sleep(0.02) AS TEXT)").ConfigureAwait(false)).AsList();
            return Thread.CurrentThread.IsThreadPoolThread;
        });
        await commit.StopAsync(CancellationToken.None);
        Assert.That(isOnThePool, Is.False, "it would hold its locks behind the calls of all connections");
    }
}
