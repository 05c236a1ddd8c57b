using Microsoft.Extensions.DependencyInjection;
using RooCoord.Infrastructure.Keys;
using RooCoord.Infrastructure.Sql;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class MigrationTests(Engine engine)
{
    [Test]
    public async Task SeveralNodesStartingAtOnce_MigrateOnce_AndShareOneSigningKey()
    {
        await using var database = await TestDatabase.CreateAsync(engine);
        var nodes = Enumerable.Range(0, 6).Select(_ => StoreFixture.Services(database, TimeProvider.System, new RecordingSignal())).ToArray();
        await Task.WhenAll(nodes.Select(n => Task.Run(() => n.GetRequiredService<Migrator>().MigrateAsync(CancellationToken.None))));
        var keys = await Task.WhenAll(nodes.Select(n => Task.Run(async () => await n.GetRequiredService<ISigningKeys>().AllAsync(CancellationToken.None))));
        Assert.That(keys.Select(k => k.Single().Id).Distinct().Count(), Is.EqualTo(1));
        foreach (var node in nodes) await node.DisposeAsync();
    }

    [Test]
    public async Task ManyProcessesMakingTheFirstKeyAtOnce_AgreeOnOne()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var database = await TestDatabase.CreateAsync(engine);
            var nodes = Enumerable.Range(0, 8).Select(_ => StoreFixture.Services(database, TimeProvider.System, new RecordingSignal())).ToArray();
            using var together = new Barrier(nodes.Length);
            var keys = await Task.WhenAll(nodes.Select(n => Task.Factory.StartNew(async () =>
            {
                together.SignalAndWait();
                return await n.GetRequiredService<ISigningKeys>().AllAsync(CancellationToken.None);
            }, TaskCreationOptions.LongRunning).Unwrap()));
            Assert.That(keys.Select(k => k.Single().Id).Distinct().Count(), Is.EqualTo(1), $"round {round}");
            foreach (var node in nodes) await node.DisposeAsync();
        }
    }
}
