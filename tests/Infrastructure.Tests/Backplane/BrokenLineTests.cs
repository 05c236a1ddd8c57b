using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RooCoord.Infrastructure.PubSub;
using RooCoord.Testing;
using StackExchange.Redis;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>One of a connection's two lines is killed on the other side.</summary>
public sealed class BrokenLineTests
{
    private PubSubConnection _connection = null!;

    [TearDown]
    public async Task StopAsync() => await _connection.DisposeAsync();

    [TestCase("pubsub")]
    [TestCase("normal")]
    public async Task OfRedis_BothAreOpenedAnew(string line)
    {
        _ = TestRedis.Endpoint;
        using var redis = await new OwnRedis().StartAsync();
        await RestoresAsync(new RedisOptions(redis.Endpoint), async () =>
        {
            using var killer = await ConnectionMultiplexer.ConnectAsync($"{redis.Endpoint},allowAdmin=true");
            await killer.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", line, "SKIPME", "yes");
        });
    }

    [TestCase("LISTEN %")]
    [TestCase("SELECT pg_notify%")]
    public async Task OfPostgres_BothAreOpenedAnew(string last)
    {
        await using var database = await TestDatabase.CreateAsync(Engine.Postgres);
        await RestoresAsync(new PostgresNotifyOptions(database.Setting), async () =>
        {
            await using var killer = new NpgsqlConnection(database.Setting);
            await killer.OpenAsync();
            await using var kill = new NpgsqlCommand("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE $1", killer)
            {
                Parameters = { new() { Value = last } },
            };
            Assert.That(await kill.ExecuteScalarAsync(), Is.EqualTo(1L));
        });
    }

    private async Task RestoresAsync(PubSubOptions options, Func<Task> kill)
    {
        _connection = new PubSubConnection(options, NullLogger<PubSubConnection>.Instance);
        await _connection.StartAsync(CancellationToken.None);
        var (restored, heard) = (new TaskCompletionSource(), new TaskCompletionSource());
        _connection.Restored += () => restored.TrySetResult();
        await _connection.SubscribeAsync("channel", _ => heard.TrySetResult(), HubClient.Deadline);
        await kill();
        await restored.Task.WaitAsync(HubClient.Deadline);
        Assert.That(await _connection.PublishAsync("channel", [1]), Is.EqualTo(1));
        await heard.Task.WaitAsync(HubClient.Deadline);
    }
}
