using Microsoft.Extensions.Logging.Abstractions;
using RooCoord.Infrastructure.PubSub;
using RooCoord.Testing;
using StackExchange.Redis;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>What a connection between nodes promises, whatever carries it.</summary>
[TestFixture(Carrier.Redis)]
[TestFixture(Carrier.Postgres)]
public sealed class PubSubConnectionTests(Carrier carrier)
{
    private OpenCarrier _carrier = null!;
    private readonly List<PubSubConnection> _connections = [];

    [OneTimeSetUp]
    public async Task OpenAsync() => _carrier = await OpenCarrier.OpenAsync(carrier);

    [OneTimeTearDown]
    public async Task CloseAsync() => await _carrier.DisposeAsync();

    private Task<PubSubConnection> StartAsync() => StartAsync(_carrier.Options("roocoord"));

    private async Task<PubSubConnection> StartAsync(PubSubOptions options)
    {
        var connection = new PubSubConnection(options, NullLogger<PubSubConnection>.Instance);
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
        var (one, two) = (await StartAsync(), await StartAsync());
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
        var (connection, channel, heard) = (await StartAsync(), NewChannel(), new TaskCompletionSource());
        await connection.SubscribeAsync(channel, _ => throw new InvalidOperationException(), HubClient.Deadline);
        await connection.SubscribeAsync(channel, payload => { if (payload[0] == 2) heard.SetResult(); }, HubClient.Deadline);
        await connection.PublishAsync(channel, [1]);
        await connection.PublishAsync(channel, [2]);
        await heard.Task.WaitAsync(HubClient.Deadline);
    }

    [Test]
    public async Task Unsubscribed_HearsNoMore_ButTheOtherOfTheChannelDoes()
    {
        var (connection, channel) = (await StartAsync(), NewChannel());
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
        // Unsubscribing goes another line than publishing; of PostgreSQL's nobody is told who hears.
        using (var deadline = new CancellationTokenSource(HubClient.Deadline))
            while (carrier == Carrier.Redis && await connection.PublishAsync(channel, [2]) > 0) deadline.Token.ThrowIfCancellationRequested();
        Assert.That(await connection.SubscribeAsync(channel, Second, HubClient.Deadline), Is.True);
        Assert.That(await connection.PublishAsync(channel, [3]), Is.EqualTo(1));
        byte heard;
        while ((heard = await second.Reader.ReadAsync().AsTask().WaitAsync(HubClient.Deadline)) == 2) { }
        Assert.That(heard, Is.EqualTo(3));
    }
}
