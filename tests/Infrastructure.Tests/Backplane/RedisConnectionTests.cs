using Microsoft.Extensions.Logging.Abstractions;
using RooCoord.Infrastructure.Redis;
using RooCoord.Testing;
using StackExchange.Redis;

namespace RooCoord.Infrastructure.Tests.Backplane;

public sealed class RedisConnectionTests
{
    private readonly List<RedisConnection> _connections = [];

    private async Task<RedisConnection> StartAsync(string endpoint)
    {
        var connection = new RedisConnection(new(endpoint), NullLogger<RedisConnection>.Instance);
        _connections.Add(connection);
        await connection.StartAsync(CancellationToken.None);
        return connection;
    }

    [TearDown]
    public async Task StopAsync()
    {
        foreach (var connection in _connections) await connection.DisposeAsync();
        _connections.Clear();
    }

    private static string NewChannel() => Guid.NewGuid().ToString("N");

    [Test]
    public async Task Handlers_AreCalledInTheOrderOfPublishing_OverAllChannels()
    {
        const int count = 20_000;
        var (one, two) = (await StartAsync(TestRedis.Endpoint), await StartAsync(TestRedis.Endpoint));
        string[] channels = [.. Enumerable.Range(0, 50).Select(_ => NewChannel())];
        var (heard, all) = (new List<int>(), new TaskCompletionSource());
        void Received(byte[] payload)
        {
            heard.Add(BitConverter.ToInt32(payload));
            if (heard.Count == count) all.SetResult();
        }
        await Task.WhenAll(channels.Select(channel => two.SubscribeAsync(channel, Received, HubClient.Deadline)));
        var received = await Task.WhenAll(Enumerable.Range(0, count).Select(i => one.PublishAsync(channels[i % channels.Length], BitConverter.GetBytes(i))));
        await all.Task.WaitAsync(HubClient.Deadline);
        Assert.That(received, Is.All.EqualTo(1));
        Assert.That(heard, Is.EqualTo(Enumerable.Range(0, count)));
    }

    [Test]
    public async Task HandlerThatThrows_StopsNobody()
    {
        var (connection, channel, heard) = (await StartAsync(TestRedis.Endpoint), NewChannel(), new TaskCompletionSource());
        await connection.SubscribeAsync(channel, _ => throw new InvalidOperationException(), HubClient.Deadline);
        await connection.SubscribeAsync(channel, payload => { if (payload[0] == 2) heard.SetResult(); }, HubClient.Deadline);
        await connection.PublishAsync(channel, [1]);
        await connection.PublishAsync(channel, [2]);
        await heard.Task.WaitAsync(HubClient.Deadline);
    }

    [Test]
    public async Task Unsubscribed_HearsNoMore_ButTheOtherOfTheChannelDoes()
    {
        var (connection, channel) = (await StartAsync(TestRedis.Endpoint), NewChannel());
        var (first, second) = (0, System.Threading.Channels.Channel.CreateUnbounded<byte>());
        void First(byte[] _) => first++;
        void Second(byte[] payload) => second.Writer.TryWrite(payload[0]);
        await connection.SubscribeAsync(channel, First, HubClient.Deadline);
        await connection.SubscribeAsync(channel, Second, HubClient.Deadline);
        connection.Unsubscribe(channel, First);
        await connection.PublishAsync(channel, [1]);
        Assert.That(await second.Reader.ReadAsync().AsTask().WaitAsync(HubClient.Deadline), Is.EqualTo(1));
        Assert.That(first, Is.Zero);
        connection.Unsubscribe(channel, Second);
        // Unsubscribing goes another line than publishing.
        using (var deadline = new CancellationTokenSource(HubClient.Deadline))
            while (await connection.PublishAsync(channel, [2]) > 0) deadline.Token.ThrowIfCancellationRequested();
        Assert.That(await connection.SubscribeAsync(channel, Second, HubClient.Deadline), Is.True);
        Assert.That(await connection.PublishAsync(channel, [3]), Is.EqualTo(1));
        byte heard;
        while ((heard = await second.Reader.ReadAsync().AsTask().WaitAsync(HubClient.Deadline)) == 2) { }
        Assert.That(heard, Is.EqualTo(3));
    }

    [TestCase("pubsub")]
    [TestCase("normal")]
    public async Task OneOfTheTwoLinesKilled_BothAreOpenedAnew(string line)
    {
        _ = TestRedis.Endpoint;
        using var redis = await new OwnRedis().StartAsync();
        var (connection, channel) = (await StartAsync(redis.Endpoint), NewChannel());
        var (restored, heard) = (new TaskCompletionSource(), new TaskCompletionSource());
        connection.Restored += () => restored.TrySetResult();
        await connection.SubscribeAsync(channel, _ => heard.TrySetResult(), HubClient.Deadline);
        using (var killer = await ConnectionMultiplexer.ConnectAsync($"{redis.Endpoint},allowAdmin=true"))
            await killer.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", line, "SKIPME", "yes");
        await restored.Task.WaitAsync(HubClient.Deadline);
        Assert.That(await connection.PublishAsync(channel, [1]), Is.EqualTo(1));
        await heard.Task.WaitAsync(HubClient.Deadline);
    }

    [Test]
    public async Task Inbox_OverItsBytes_DropsUntilItIsRead_AndTells()
    {
        using var go = new ManualResetEventSlim();
        var (heard, told, subscription) = (new List<byte>(), 0, new Subscription("channel"));
        var drained = new TaskCompletionSource();
        subscription.Add(payload =>
        {
            go.Wait();
            heard.Add(payload[0]);
        });
        var inbox = new RedisInbox(1000, () => { told++; drained.TrySetResult(); }, NullLogger.Instance);
        inbox.Start();
        for (byte i = 0; i < 20; i++) inbox.Add(subscription, [i, .. new byte[99]]);
        go.Set();
        await drained.Task.WaitAsync(HubClient.Deadline);
        inbox.Add(subscription, [100]);
        await inbox.DisposeAsync();
        Assert.That(heard, Is.EqualTo(new byte[] { 0, 1, 2, 3, 4, 100 }));
        Assert.That(told, Is.EqualTo(1));
    }

    [TestCase("")]
    [TestCase("a:b")]
    [TestCase("a*")]
    public void Prefix_ThatCouldMeetAnother_IsRefused(string prefix) => Assert.That(new RedisOptions("localhost", prefix).Problems(), Is.Not.Empty);

    [Test]
    public void Options_AsUsual_AreFine() => Assert.That(new RedisOptions("localhost:6379,password=x").Problems(), Is.Empty);
}
