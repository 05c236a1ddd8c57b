using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>Asking a client that another node holds.</summary>
public sealed class ClientResultTests(Carrier carrier) : TwoNodes(carrier)
{
    private static Task<int> AskAsync(RedisNode<Hub> node, string id, CancellationToken cancellationToken = default) =>
        node.Hub.InvokeConnectionAsync<int>(id, "Result", ["?"], cancellationToken);

    private static Task AnswerAsync(RedisNode<Hub> node, HubClient client, CompletionMessage answer) => node.Hub.SetConnectionResultAsync(client.Id, answer);

    private static void AssertFails<TException>(Task asked, string text) where TException : Exception =>
        Assert.That(async () => await asked.WaitAsync(HubClient.Deadline), Throws.InstanceOf<TException>().With.Message.Contains(text));

    [Test]
    public async Task Answer_ComesBack()
    {
        var client = await Two.ConnectAsync();
        var asked = AskAsync(One, client.Id);
        var invocation = await client.NextAsync();
        Assert.That((invocation.Target, invocation.Arguments[0]), Is.EqualTo(("Result", "?")));
        Assert.That(Two.Hub.TryGetReturnType(invocation.InvocationId!, out var type) ? type : null, Is.EqualTo(typeof(RawResult)));
        await AnswerAsync(Two, client, CompletionMessage.WithResult(invocation.InvocationId!, new RawResult(new("10"u8.ToArray()))));
        Assert.That(await asked.WaitAsync(HubClient.Deadline), Is.EqualTo(10));
        Assert.That(Two.Hub.TryGetReturnType(invocation.InvocationId!, out _), Is.False);
    }

    [Test]
    public async Task Answers_OfMegabytes_ComeBack()
    {
        var client = await Two.ConnectAsync();
        var asked = One.Hub.InvokeConnectionAsync<string>(client.Id, "Result", ["?"], CancellationToken.None);
        var big = new string('x', 2 * 1024 * 1024);
        await AnswerAsync(Two, client, CompletionMessage.WithResult((await client.NextAsync()).InvocationId!, big));
        Assert.That(await asked.WaitAsync(HubClient.Deadline), Is.EqualTo(big));
    }

    [Test]
    public async Task Error_OrWrongType_IsTold()
    {
        var client = await Two.ConnectAsync();
        var asked = AskAsync(One, client.Id);
        await AnswerAsync(Two, client, CompletionMessage.WithError((await client.NextAsync()).InvocationId!, "no"));
        AssertFails<HubException>(asked, "no");
        asked = AskAsync(One, client.Id);
        await AnswerAsync(Two, client, CompletionMessage.WithResult((await client.NextAsync()).InvocationId!, "text"));
        AssertFails<HubException>(asked, "Int32");
    }

    [Test]
    public async Task AnswerOfAnotherConnection_IsRefused()
    {
        var (client, liar) = (await Two.ConnectAsync(), await Two.ConnectAsync());
        var asked = AskAsync(One, client.Id);
        var id = (await client.NextAsync()).InvocationId!;
        Assert.That(async () => await AnswerAsync(Two, liar, CompletionMessage.WithResult(id, 5)), Throws.InvalidOperationException);
        await AnswerAsync(Two, client, CompletionMessage.WithResult(id, 10));
        Assert.That(await asked.WaitAsync(HubClient.Deadline), Is.EqualTo(10));
    }

    [Test]
    public async Task AskedByBothNodes_EachGetsItsOwnAnswer()
    {
        var client = await One.ConnectAsync();
        var here = AskAsync(One, client.Id);
        var hereId = (await client.NextAsync()).InvocationId!;
        var there = AskAsync(Two, client.Id);
        var thereId = (await client.NextAsync()).InvocationId!;
        Assert.That(thereId, Is.Not.EqualTo(hereId));
        await AnswerAsync(One, client, CompletionMessage.WithResult(thereId, 5));
        await AnswerAsync(One, client, CompletionMessage.WithResult(hereId, 2));
        Assert.That((await here.WaitAsync(HubClient.Deadline), await there.WaitAsync(HubClient.Deadline)), Is.EqualTo((2, 5)));
    }

    [Test]
    public void UnknownConnection_FailsAtOnce_OrInTimeWhereNobodyKnowsWhoHears() =>
        AssertFails<IOException>(AskAsync(One, "none"), KnowsWhoHears ? "does not exist" : "did not take up");

    [TestCase(true)]
    [TestCase(false)]
    public async Task ConnectionThatEnds_FailsAtOnce(bool aborted)
    {
        var client = await Two.ConnectAsync();
        var asked = AskAsync(One, client.Id);
        await client.NextAsync();
        if (aborted) client.Context.Abort();
        else await Two.Hub.OnDisconnectedAsync(client.Context);
        AssertFails<IOException>(asked, "disconnected");
    }

    [Test]
    public async Task Cancelled_IsPassedOn()
    {
        var client = await Two.ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var asked = AskAsync(One, client.Id, cancel.Token);
        var id = (await client.NextAsync()).InvocationId!;
        await cancel.CancelAsync();
        Assert.That(async () => await asked, Throws.TypeOf<HubException>().With.Message.Contains("cancel"));
        await Eventually.HoldsAsync(() => !Two.Hub.TryGetReturnType(id, out _), "the client's node knows that nobody waits");
    }

    [Test]
    public async Task NodeThatSaysGoodbye_FailsItsCallers()
    {
        var three = await StartAsync<Hub>();
        var client = await three.ConnectAsync();
        var asked = AskAsync(One, client.Id);
        await client.NextAsync();
        await three.DisposeAsync();
        AssertFails<IOException>(asked, "disconnected");
    }

    [Test]
    public async Task NodeThatFallsSilent_FailsItsCallers()
    {
        var three = await StartAsync<Hub>();
        var client = await three.ConnectAsync();
        var asked = AskAsync(One, client.Id);
        await client.NextAsync();
        await three.PubSub.DisposeAsync();
        // It may fall silent before it has said that it took the call up.
        AssertFails<IOException>(asked, "The node of connection");
    }

    [Test]
    public async Task SlowClient_OfALivingNode_IsWaitedFor()
    {
        var client = await Two.ConnectAsync();
        var asked = AskAsync(One, client.Id);
        var id = (await client.NextAsync()).InvocationId!;
        // Another node that dies meanwhile shows that the time in which a silent one is given up has passed.
        var three = await StartAsync<Hub>();
        var dead = await three.ConnectAsync();
        var askedDead = AskAsync(One, dead.Id);
        await dead.NextAsync();
        await three.PubSub.DisposeAsync();
        AssertFails<IOException>(askedDead, "The node of connection");
        Assert.That(asked.IsCompleted, Is.False);
        await AnswerAsync(Two, client, CompletionMessage.WithResult(id, 10));
        Assert.That(await asked.WaitAsync(HubClient.Deadline), Is.EqualTo(10));
    }
}
