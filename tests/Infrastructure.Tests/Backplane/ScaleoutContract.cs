namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>What holds over two nodes as over one.</summary>
public sealed class ScaleoutContract(Carrier carrier) : TwoNodes(carrier)
{
    [Test]
    public async Task SendAll_ReachesBothNodes_ButNotWhoHasGoneOrIsLeftOut()
    {
        var (one, two, gone) = (await One.ConnectAsync(), await Two.ConnectAsync(), await Two.ConnectAsync());
        await Two.Hub.OnDisconnectedAsync(gone.Context);
        await One.Hub.SendAllAsync("Hello", ["all"]);
        await One.Hub.SendAllExceptAsync("Hello", ["except"], [two.Id]);
        Assert.That(await one.NextTextsAsync(2), Is.EqualTo(new[] { "all", "except" }));
        Assert.That(await two.NextTextAsync(), Is.EqualTo("all"));
        await AssertNothingCameAsync(two, One);
        await Two.Hub.OnConnectedAsync(gone.Context);
        await AssertNothingCameAsync(gone, One);
    }

    [Test]
    public async Task SendConnections_ReachesBothNodes_EachOnce()
    {
        var (one, two) = (await One.ConnectAsync(), await Two.ConnectAsync());
        await One.Hub.SendConnectionAsync(two.Id, "Hello", ["two"]);
        await One.Hub.SendConnectionsAsync([one.Id, two.Id, "nobody"], "Hello", ["both"]);
        Assert.That(await two.NextTextsAsync(2), Is.EqualTo(new[] { "two", "both" }));
        Assert.That(await one.NextTextAsync(), Is.EqualTo("both"));
        await AssertNothingCameAsync(one, Two);
    }

    [Test]
    public async Task ConnectionOnBothNodes_HearsASendOnce()
    {
        var one = await One.ConnectAsync();
        await Two.Hub.OnConnectedAsync(one.Context);
        await One.Hub.SendConnectionAsync(one.Id, "Hello", ["once"]);
        Assert.That(await one.NextTextAsync(), Is.EqualTo("once"));
        await AssertNothingCameAsync(one, Two);
    }

    [Test]
    public async Task Groups_AreOneOverNodes()
    {
        var (one, two, other) = (await One.ConnectAsync(), await Two.ConnectAsync(), await Two.ConnectAsync());
        await One.Hub.AddToGroupAsync(one.Id, "g");
        await Two.Hub.AddToGroupAsync(two.Id, "g");
        await Two.Hub.AddToGroupAsync(other.Id, "h");
        await One.Hub.SendGroupAsync("g", "Hello", ["g"]);
        await One.Hub.SendGroupExceptAsync("g", "Hello", ["except"], [two.Id]);
        await One.Hub.SendGroupsAsync(["g", "h"], "Hello", ["gh"]);
        Assert.That(await one.NextTextsAsync(3), Is.EqualTo(new[] { "g", "except", "gh" }));
        Assert.That(await two.NextTextsAsync(2), Is.EqualTo(new[] { "g", "gh" }));
        Assert.That(await other.NextTextAsync(), Is.EqualTo("gh"));
    }

    [Test]
    public async Task Group_OfAConnectionElsewhere_IsJoinedAndLeft_WhenTheCallReturns()
    {
        var two = await Two.ConnectAsync();
        await One.Hub.AddToGroupAsync(two.Id, "g");
        await One.Hub.AddToGroupAsync(two.Id, "g");
        await One.Hub.SendGroupAsync("g", "Hello", ["in"]);
        Assert.That(await two.NextTextAsync(), Is.EqualTo("in"));
        await Two.Hub.SendGroupAsync("g", "Hello", ["in"]);
        Assert.That(await two.NextTextAsync(), Is.EqualTo("in"));
        await One.Hub.RemoveFromGroupAsync(two.Id, "g");
        await One.Hub.RemoveFromGroupAsync(two.Id, "never");
        await Two.Hub.SendGroupAsync("g", "Hello", ["out"]);
        await One.Hub.SendGroupAsync("g", "Hello", ["out"]);
        await AssertNothingCameAsync(two, One);
    }

    [Test]
    public async Task Group_OfNobody_ChangesNothing()
    {
        if (!KnowsWhoHears)
        {
            Assert.That(() => One.Hub.AddToGroupAsync("nobody", "g").WaitAsync(HubClient.Deadline), Throws.InstanceOf<IOException>().With.Message.Contains("did not take up"));
            return;
        }
        await One.Hub.AddToGroupAsync("nobody", "g").WaitAsync(HubClient.Deadline);
        await One.Hub.RemoveFromGroupAsync("nobody", "g").WaitAsync(HubClient.Deadline);
    }

    [Test]
    public async Task Users_AreOneOverNodes_AsLongAsOneConnectionIsLeft()
    {
        var (one, two, more, other) = (await One.ConnectAsync("ann"), await Two.ConnectAsync("ann"), await Two.ConnectAsync("ann"), await Two.ConnectAsync("bob"));
        await One.Hub.SendUserAsync("ann", "Hello", ["ann"]);
        await One.Hub.SendUsersAsync(["ann", "bob"], "Hello", ["both"]);
        foreach (var client in new[] { one, two, more }) Assert.That(await client.NextTextsAsync(2), Is.EqualTo(new[] { "ann", "both" }));
        Assert.That(await other.NextTextAsync(), Is.EqualTo("both"));
        await Two.Hub.OnDisconnectedAsync(more.Context);
        await One.Hub.SendUserAsync("ann", "Hello", ["again"]);
        Assert.That(await two.NextTextAsync(), Is.EqualTo("again"));
        await AssertNothingCameAsync(other, One);
    }

    [Test]
    public async Task Names_DifferByCase_OverNodes()
    {
        var (upper, lower) = (await Two.ConnectAsync("Ann"), await Two.ConnectAsync("ann"));
        await Two.Hub.AddToGroupAsync(upper.Id, "Room");
        await One.Hub.AddToGroupAsync(lower.Id, "room");
        await One.Hub.SendGroupAsync("room", "Hello", ["room"]);
        await One.Hub.SendUserAsync("ann", "Hello", ["ann"]);
        Assert.That(await lower.NextTextsAsync(2), Is.EqualTo(new[] { "room", "ann" }));
        await AssertNothingCameAsync(upper, One);
    }

    [Test]
    public async Task ConnectionThatFails_HoldsNobodyUp()
    {
        var (bad, good) = (await Two.ConnectAsync(), await Two.ConnectAsync());
        foreach (var client in new[] { bad, good }) await Two.Hub.AddToGroupAsync(client.Id, "g");
        bad.Context.Protocol = new BrokenProtocol();
        await One.Hub.SendConnectionAsync(bad.Id, "Hello", ["bad"]);
        await One.Hub.SendGroupAsync("g", "Hello", ["first"]);
        await One.Hub.SendGroupAsync("g", "Hello", ["second"]);
        await Two.Hub.SendGroupAsync("g", "Hello", ["here"]);
        Assert.That((await good.NextTextsAsync(3)).Order(), Is.EqualTo(new[] { "first", "here", "second" }));
    }
}
