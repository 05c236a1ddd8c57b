using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging.Abstractions;
using RooCoord.Infrastructure.PubSub;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>What a hub's manager promises on one node, whichever it is. That nothing came is shown by what comes first after it.</summary>
public abstract class HubContract
{
    private protected HubLifetimeManager<Hub> Manager { get; set; } = null!;

    private async Task<HubClient> ConnectAsync(string? user = null)
    {
        var client = new HubClient(user);
        await Manager.OnConnectedAsync(client.Context).WaitAsync(HubClient.Deadline);
        return client;
    }

    private protected async Task AssertNothingCameAsync(HubClient client)
    {
        await Manager.SendConnectionAsync(client.Id, "Hello", ["marker"]);
        Assert.That(await client.NextTextAsync(), Is.EqualTo("marker"));
    }

    [Test]
    public async Task SendAll_ReachesAll()
    {
        var (one, two) = (await ConnectAsync(), await ConnectAsync());
        await Manager.SendAllAsync("Hello", ["all"]);
        var first = await one.NextAsync();
        Assert.That((first.Target, first.InvocationId, first.Arguments[0], await two.NextTextAsync()), Is.EqualTo(("Hello", (string?)null, "all", "all")));
    }

    [Test]
    public async Task SendAll_DoesNotReachWhoHasGone()
    {
        var (one, gone) = (await ConnectAsync(), await ConnectAsync());
        await Manager.OnDisconnectedAsync(gone.Context);
        await Manager.SendAllAsync("Hello", ["all"]);
        Assert.That(await one.NextTextAsync(), Is.EqualTo("all"));
        await Manager.OnConnectedAsync(gone.Context);
        await AssertNothingCameAsync(gone);
    }

    [Test]
    public async Task SendAllExcept_LeavesThemOut()
    {
        var (one, two) = (await ConnectAsync(), await ConnectAsync());
        await Manager.SendAllExceptAsync("Hello", ["others"], [two.Id]);
        Assert.That(await one.NextTextAsync(), Is.EqualTo("others"));
        await AssertNothingCameAsync(two);
    }

    [Test]
    public async Task SendConnections_ReachesThemAlone()
    {
        var (one, two, three) = (await ConnectAsync(), await ConnectAsync(), await ConnectAsync());
        await Manager.SendConnectionAsync(one.Id, "Hello", ["one"]);
        await Manager.SendConnectionsAsync([one.Id, two.Id], "Hello", ["both"]);
        Assert.That((await one.NextTextAsync(), await one.NextTextAsync(), await two.NextTextAsync()), Is.EqualTo(("one", "both", "both")));
        await AssertNothingCameAsync(three);
    }

    [Test]
    public async Task SendGroups_ReachesTheirMembersAlone()
    {
        var (one, two, three) = (await ConnectAsync(), await ConnectAsync(), await ConnectAsync());
        await Manager.AddToGroupAsync(one.Id, "a");
        await Manager.AddToGroupAsync(two.Id, "b");
        await Manager.SendGroupAsync("a", "Hello", ["a"]);
        await Manager.SendGroupsAsync(["a", "b"], "Hello", ["ab"]);
        Assert.That((await one.NextTextAsync(), await one.NextTextAsync(), await two.NextTextAsync()), Is.EqualTo(("a", "ab", "ab")));
        await AssertNothingCameAsync(three);
    }

    [Test]
    public async Task SendGroupExcept_LeavesThemOut()
    {
        var (one, two) = (await ConnectAsync(), await ConnectAsync());
        foreach (var client in new[] { one, two }) await Manager.AddToGroupAsync(client.Id, "g");
        await Manager.SendGroupExceptAsync("g", "Hello", ["others"], [two.Id]);
        Assert.That(await one.NextTextAsync(), Is.EqualTo("others"));
        await AssertNothingCameAsync(two);
    }

    [Test]
    public async Task Group_JoinedTwice_HearsOnce_AndLeftNothing()
    {
        var one = await ConnectAsync();
        await Manager.AddToGroupAsync(one.Id, "g");
        await Manager.AddToGroupAsync(one.Id, "g");
        await Manager.SendGroupAsync("g", "Hello", ["once"]);
        Assert.That(await one.NextTextAsync(), Is.EqualTo("once"));
        await AssertNothingCameAsync(one);
        await Manager.RemoveFromGroupAsync(one.Id, "g");
        await Manager.RemoveFromGroupAsync(one.Id, "never");
        await Manager.SendGroupAsync("g", "Hello", ["left"]);
        await AssertNothingCameAsync(one);
    }

    [Test]
    public async Task Group_IsLeftByWhoDisconnects()
    {
        var one = await ConnectAsync();
        await Manager.AddToGroupAsync(one.Id, "g");
        await Manager.OnDisconnectedAsync(one.Context);
        await Manager.OnConnectedAsync(one.Context);
        await Manager.SendGroupAsync("g", "Hello", ["gone"]);
        await AssertNothingCameAsync(one);
    }

    [Test]
    public async Task SendUsers_ReachesAllTheirConnections_AlsoAfterOneHasGone()
    {
        var (one, two, other) = (await ConnectAsync("ann"), await ConnectAsync("ann"), await ConnectAsync("bob"));
        await Manager.SendUserAsync("ann", "Hello", ["ann"]);
        await Manager.SendUsersAsync(["ann", "bob"], "Hello", ["both"]);
        Assert.That((await one.NextTextAsync(), await one.NextTextAsync(), await two.NextTextAsync(), await two.NextTextAsync(), await other.NextTextAsync()),
            Is.EqualTo(("ann", "both", "ann", "both", "both")));
        await Manager.OnDisconnectedAsync(one.Context);
        await Manager.SendUserAsync("ann", "Hello", ["again"]);
        Assert.That(await two.NextTextAsync(), Is.EqualTo("again"));
        await AssertNothingCameAsync(other);
    }

    [Test]
    public async Task Names_DifferByCase()
    {
        var (upper, lower) = (await ConnectAsync("Ann"), await ConnectAsync("ann"));
        await Manager.AddToGroupAsync(lower.Id, "room2");
        await Manager.AddToGroupAsync(upper.Id, "Room2");
        await Manager.SendUserAsync("ann", "Hello", ["user"]);
        Assert.That(await lower.NextTextAsync(), Is.EqualTo("user"));
        await AssertNothingCameAsync(upper);
    }

    [Test]
    public async Task ClientResult_ComesBack_AsValueOrError()
    {
        var one = await ConnectAsync();
        var asked = Manager.InvokeConnectionAsync<int>(one.Id, "Result", ["?"], CancellationToken.None);
        var invocation = await one.NextAsync();
        Assert.That(Manager.TryGetReturnType(invocation.InvocationId!, out var type) ? type : null, Is.EqualTo(typeof(int)));
        await Manager.SetConnectionResultAsync(one.Id, CompletionMessage.WithResult(invocation.InvocationId!, 10));
        Assert.That(await asked.WaitAsync(HubClient.Deadline), Is.EqualTo(10));

        asked = Manager.InvokeConnectionAsync<int>(one.Id, "Result", ["?"], CancellationToken.None);
        invocation = await one.NextAsync();
        await Manager.SetConnectionResultAsync(one.Id, CompletionMessage.WithError(invocation.InvocationId!, "no"));
        Assert.That(async () => await asked.WaitAsync(HubClient.Deadline), Throws.TypeOf<HubException>().With.Message.EqualTo("no"));
        Assert.That(Manager.TryGetReturnType(invocation.InvocationId!, out _), Is.False);
    }

    [Test]
    public async Task ClientResult_OfAnotherConnection_IsRefused()
    {
        var (one, two) = (await ConnectAsync(), await ConnectAsync());
        var asked = Manager.InvokeConnectionAsync<int>(one.Id, "Result", ["?"], CancellationToken.None);
        var id = (await one.NextAsync()).InvocationId!;
        Assert.That(async () => await Manager.SetConnectionResultAsync(two.Id, CompletionMessage.WithResult(id, 5)), Throws.InvalidOperationException);
        await Manager.SetConnectionResultAsync(one.Id, CompletionMessage.WithResult(id, 10));
        Assert.That(await asked.WaitAsync(HubClient.Deadline), Is.EqualTo(10));
    }

    [Test]
    public void ClientResult_OfNobody_FailsAtOnce() =>
        Assert.That(async () => await Manager.InvokeConnectionAsync<int>("none", "Result", ["?"], CancellationToken.None).WaitAsync(HubClient.Deadline), Throws.InstanceOf<IOException>());

    [Test]
    public async Task ClientResult_OfWhoDisconnects_Fails()
    {
        var one = await ConnectAsync();
        var asked = Manager.InvokeConnectionAsync<int>(one.Id, "Result", ["?"], CancellationToken.None);
        await one.NextAsync();
        one.Context.Abort();
        await Manager.OnDisconnectedAsync(one.Context);
        Assert.That(async () => await asked.WaitAsync(HubClient.Deadline), Throws.InstanceOf<IOException>().With.Message.Contains("disconnected"));
    }

    [Test]
    public async Task ClientResult_CanBeCancelled()
    {
        var one = await ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var asked = Manager.InvokeConnectionAsync<int>(one.Id, "Result", ["?"], cancel.Token);
        var id = (await one.NextAsync()).InvocationId!;
        await cancel.CancelAsync();
        Assert.That(async () => await asked.WaitAsync(HubClient.Deadline), Throws.TypeOf<HubException>().With.Message.Contains("cancel"));
        Assert.That(Manager.TryGetReturnType(id, out _), Is.False);
    }
}

/// <summary>SignalR's own, the measure.</summary>
public sealed class DefaultHubContract : HubContract
{
    [SetUp]
    public void Create() => Manager = new DefaultHubLifetimeManager<Hub>(NullLogger<DefaultHubLifetimeManager<Hub>>.Instance);
}

/// <summary>One node on Redis.</summary>
public sealed class RedisHubContract : HubContract
{
    private RedisNode<Hub> _node = null!;

    [SetUp]
    public async Task CreateAsync()
    {
        _node = await RedisNode<Hub>.StartAsync(new RedisOptions(TestRedis.Endpoint, TestRedis.NewPrefix()));
        Manager = _node.Hub;
    }

    [TearDown]
    public async Task EndAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
    }
}
