using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using RooCoord.Infrastructure.Sql;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>Migrating while a node of the old version commits its batches.</summary>
[TestFixture(Engine.Postgres)]
public sealed class UpgradeTests(Engine engine)
{
    [Test]
    public async Task Migration_IsNotGivenUp_BecauseAnOldNodeIsInTheMiddleOfABatch()
    {
        await using var database = await TestDatabase.CreateAsync(engine);
        await using var services = StoreFixture.Services(database, TimeProvider.System, new RecordingSignal());
        await using var old = new NpgsqlConnection(database.Setting);
        await old.OpenAsync();
        await ApplyFirstAsync(old, services.GetRequiredService<Database>());
        await old.ExecuteAsync("INSERT INTO mailbox (device_key, head, open_entries, fence, closed, acked_low, acked_normal, acked_high, acked_critical) VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0)");

        // An old node's batch: it locks its mailboxes first, and writes entries later.
        await using var batch = await old.BeginTransactionAsync();
        await old.ExecuteAsync("SELECT head FROM mailbox WHERE device_key = 1 FOR UPDATE");
        var migration = services.GetRequiredService<Migrator>().MigrateAsync(CancellationToken.None);
        await using var watcher = new NpgsqlConnection(database.Setting);
        await watcher.OpenAsync();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (await watcher.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND relation = 'mailbox'::regclass") == 0) await pace.WaitForNextTickAsync();
        var insert = old.ExecuteAsync("INSERT INTO entry (device_key, priority, seq, message_key, state, attempt, failures) VALUES (1, 1, 1, 1, 0, 1, 0)");
        try
        {
            await insert;
            await batch.CommitAsync();
        }
        catch (PostgresException) { /* The old node would try again. */ }
        Assert.That(async () => await migration, Throws.Nothing, "the new version starts");
    }

    private static async Task ApplyFirstAsync(NpgsqlConnection connection, Database database)
    {
        var assembly = typeof(Migrator).Assembly;
        using var reader = new StreamReader(assembly.GetManifestResourceStream("RooCoord.Infrastructure.Sql.Migrations.0001_main.sql")!);
        await connection.ExecuteAsync("CREATE TABLE migration (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)");
        await connection.ExecuteAsync(database.Translate(await reader.ReadToEndAsync()));
        await connection.ExecuteAsync("INSERT INTO migration (version, name, applied_at) VALUES (1, '0001_main', 0)");
    }
}
