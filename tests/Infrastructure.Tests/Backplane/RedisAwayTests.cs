using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.AspNetCore.SignalR;
using RooCoord.Infrastructure.PubSub;
using RooCoord.Testing;
using StackExchange.Redis;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>A Redis that comes late, goes, freezes and returns.</summary>
public sealed class RedisAwayTests
{
    private readonly string _prefix = TestRedis.NewPrefix();
    private OwnRedis _redis = null!;
    private RedisNode<Hub> _one = null!;
    private RedisNode<Hub> _two = null!;

    [SetUp]
    public void Choose()
    {
        _ = TestRedis.Endpoint;
        _redis = new();
    }

    private async Task StartNodesAsync() => (_one, _two) =
        (await RedisNode<Hub>.StartAsync(new RedisOptions(_redis.Endpoint, _prefix)), await RedisNode<Hub>.StartAsync(new RedisOptions(_redis.Endpoint, _prefix)));

    [TearDown]
    public async Task EndAsync()
    {
        foreach (var node in new[] { _one, _two })
            if (node is not null) await node.DisposeAsync();
        _redis?.Dispose();
    }

    private Task UntilBothAsync(bool connected) =>
        Eventually.HoldsAsync(() => _one.PubSub.IsConnected == connected && _two.PubSub.IsConnected == connected, $"connected: {connected}");

    private async Task AssertAllWorksAsync(HubClient here, HubClient there)
    {
        await _one.Hub.SendAllAsync("Hello", ["all"]);
        Assert.That((await here.NextTextAsync(), await there.NextTextAsync()), Is.EqualTo(("all", "all")));
        await _one.Hub.AddToGroupAsync(there.Id, "late");
        await _one.Hub.SendGroupAsync("late", "Hello", ["late"]);
        await _one.Hub.SendGroupAsync("g", "Hello", ["g"]);
        await _one.Hub.SendUserAsync("ann", "Hello", ["ann"]);
        Assert.That(await there.NextTextsAsync(3), Is.EqualTo(new[] { "late", "g", "ann" }));
        var asked = _one.Hub.InvokeConnectionAsync<int>(there.Id, "Result", ["?"], CancellationToken.None);
        await _two.Hub.SetConnectionResultAsync(there.Id, CompletionMessage.WithResult((await there.NextAsync()).InvocationId!, 10));
        Assert.That(await asked.WaitAsync(HubClient.Deadline), Is.EqualTo(10));
    }

    private async Task AssertGoesOnAloneAsync(HubClient here, HubClient there)
    {
        await _one.Hub.SendAllAsync("Hello", ["alone"]).WaitAsync(HubClient.Deadline);
        await _one.Hub.SendConnectionAsync(here.Id, "Hello", ["alone"]);
        await _one.Hub.SendUserAsync("ann", "Hello", ["lost"]);
        await _one.Hub.SendGroupAsync("g", "Hello", ["lost"]);
        Assert.That(await here.NextTextsAsync(2), Is.All.EqualTo("alone"));
        Assert.That(async () => await _one.Hub.InvokeConnectionAsync<int>(there.Id, "Result", ["?"], CancellationToken.None), Throws.InstanceOf<IOException>());
        Assert.That(async () => await _one.Hub.AddToGroupAsync(there.Id, "g"), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task NodeWhoseRedisComesLate_ServesItsOwn_ThenAll()
    {
        await StartNodesAsync();
        var (here, there) = (await _one.ConnectAsync(), await _two.ConnectAsync("ann"));
        await _two.Hub.AddToGroupAsync(there.Id, "g");
        await AssertGoesOnAloneAsync(here, there);
        await _redis.StartAsync();
        await UntilBothAsync(true);
        await AssertAllWorksAsync(here, there);
    }

    [Test]
    public async Task RedisStoppedAndStarted_FailsWhatWaits_ThenAllWorks()
    {
        await _redis.StartAsync();
        await StartNodesAsync();
        var (here, there) = (await _one.ConnectAsync(), await _two.ConnectAsync("ann"));
        await _two.Hub.AddToGroupAsync(there.Id, "g");
        var asked = _one.Hub.InvokeConnectionAsync<int>(there.Id, "Result", ["?"], CancellationToken.None);
        await there.NextAsync();
        // Answers keep their order: after this one, the call is known to be taken up, and its answer may be lost from here on.
        await _one.Hub.AddToGroupAsync(there.Id, "g");
        _redis.Stop();
        await UntilBothAsync(false);
        await AssertGoesOnAloneAsync(here, there);
        await _redis.StartAsync();
        await UntilBothAsync(true);
        Assert.That(async () => await asked.WaitAsync(HubClient.Deadline), Throws.InstanceOf<IOException>());
        await AssertAllWorksAsync(here, there);
    }

    [Test]
    public async Task RedisFrozen_IsNoticed_AndThawed_AllWorks()
    {
        await _redis.StartAsync();
        await StartNodesAsync();
        var (here, there) = (await _one.ConnectAsync(), await _two.ConnectAsync("ann"));
        await _two.Hub.AddToGroupAsync(there.Id, "g");
        _redis.Freeze();
        try
        {
            Assert.That(async () => await _one.PubSub.PublishAsync("any", [1]).WaitAsync(HubClient.Deadline), Throws.TypeOf<PubSubUnavailableException>());
            await UntilBothAsync(false);
            await AssertGoesOnAloneAsync(here, there);
            var late = await _one.ConnectAsync();
            await _one.Hub.SendConnectionAsync(late.Id, "Hello", ["late"]);
            Assert.That(await late.NextTextAsync(), Is.EqualTo("late"));
        }
        finally
        {
            _redis.Thaw();
        }
        await UntilBothAsync(true);
        await AssertAllWorksAsync(here, there);
    }

    [Test]
    public async Task SubscriptionsThatRedisRefuses_FailConnectionsAndCalls_UntilItTakesThem()
    {
        await _redis.StartAsync();
        using var admin = await ConnectionMultiplexer.ConnectAsync(_redis.Endpoint);
        Task AllowAsync(params string[] channels) =>
            admin.GetDatabase().ExecuteAsync("ACL", ["SETUSER", "default", "resetchannels", .. channels.Select(channel => $"&{channel}")]);
        _one = await RedisNode<Hub>.StartAsync(new RedisOptions(_redis.Endpoint, _prefix));
        var here = await _one.ConnectAsync();
        // All but what is meant for one node.
        await AllowAsync($"{_prefix}:echo:*", $"{_prefix}:hub:*:connection:*", $"{_prefix}:hub:*:all", $"{_prefix}:hub:*:pulse");
        _two = await RedisNode<Hub>.StartAsync(new RedisOptions(_redis.Endpoint, _prefix), new() { SubscriptionPatience = TimeSpan.FromSeconds(1) });
        await UntilBothAsync(true);
        Assert.That(async () => await _two.ConnectAsync(), Throws.InstanceOf<IOException>().With.Message.Contains("subscriptions"));
        Assert.That(async () => await _two.Hub.InvokeConnectionAsync<int>(here.Id, "Result", ["?"], CancellationToken.None).WaitAsync(HubClient.Deadline),
            Throws.TypeOf<PubSubUnavailableException>().With.Message.Contains("subscriptions"));
        await AllowAsync("*");
        var nodes = _one.PubSub.Channels.Hub(typeof(Hub)).Node("*");
        await Eventually.HoldsAsync(() => ((RedisResult[])admin.GetDatabase().Execute("PUBSUB", "CHANNELS", nodes)!).Length == 2, "both nodes are subscribed");
        var there = await _two.ConnectAsync("ann");
        await _two.Hub.AddToGroupAsync(there.Id, "g");
        await AssertAllWorksAsync(here, there);
    }

    [Test]
    public async Task Restored_IsRaised_WhenEverySubscriptionStandsAgain()
    {
        await _redis.StartAsync();
        await StartNodesAsync();
        var (restored, heard) = (new TaskCompletionSource(), new TaskCompletionSource());
        Assert.That(await _one.PubSub.SubscribeAsync("channel", _ => heard.TrySetResult(), HubClient.Deadline), Is.True);
        _one.PubSub.Restored += () => restored.TrySetResult();
        _redis.Stop();
        await UntilBothAsync(false);
        Assert.That(await _one.PubSub.SubscribeAsync("other", _ => { }, TimeSpan.Zero), Is.False);
        Assert.That(restored.Task.IsCompleted, Is.False);
        await _redis.StartAsync();
        await restored.Task.WaitAsync(HubClient.Deadline);
        Assert.That((await _one.PubSub.PublishAsync("channel", [1]), await _one.PubSub.PublishAsync("other", [1])), Is.EqualTo((1, 1)));
        await heard.Task.WaitAsync(HubClient.Deadline);
    }
}
