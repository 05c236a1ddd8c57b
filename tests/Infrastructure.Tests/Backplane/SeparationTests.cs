using Microsoft.AspNetCore.SignalR;
using RooCoord.Infrastructure.PubSub;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>Who must not hear whom, and what must not travel.</summary>
public sealed class SeparationTests(Carrier carrier) : TwoNodes(carrier)
{
    private sealed class OtherHub : Hub;

    [Test]
    public async Task Deployments_OfDifferentPrefixes_DoNotMeet()
    {
        var stranger = await StartAsync<Hub>($"{Prefix}2");
        var foreigner = await stranger.ConnectAsync("ann");
        await stranger.Hub.AddToGroupAsync(foreigner.Id, "g");
        await One.Hub.SendAllAsync("Hello", ["all"]);
        await One.Hub.SendGroupAsync("g", "Hello", ["g"]);
        await One.Hub.SendUserAsync("ann", "Hello", ["ann"]);
        await One.Hub.SendConnectionAsync(foreigner.Id, "Hello", ["one"]);
        await AssertNothingCameAsync(foreigner, await StartAsync<Hub>($"{Prefix}2"));
    }

    [Test]
    public async Task Hubs_SideBySide_DoNotMeet()
    {
        var (others, callers) = (await StartAsync<OtherHub>(), await StartAsync<OtherHub>());
        var (client, other) = (await Two.ConnectAsync("ann"), await others.ConnectAsync("ann"));
        await Two.Hub.AddToGroupAsync(client.Id, "g");
        await others.Hub.AddToGroupAsync(other.Id, "g");
        await One.Hub.SendAllAsync("Hello", ["one"]);
        await One.Hub.SendGroupAsync("g", "Hello", ["one"]);
        await callers.Hub.SendUserAsync("ann", "Hello", ["other"]);
        await callers.Hub.SendGroupAsync("g", "Hello", ["other"]);
        Assert.That(await other.NextTextsAsync(2), Is.All.EqualTo("other"));
        Assert.That(await client.NextTextsAsync(2), Is.All.EqualTo("one"));
        await AssertNothingCameAsync(client, One);
    }

    [Test]
    public async Task SendToAConnectionHere_PublishesNothing()
    {
        var client = await One.ConnectAsync();
        var heard = new List<string>();
        // Listens on the channel itself: only a publication can be heard there.
        await using var ear = new PubSubConnection(Options, Microsoft.Extensions.Logging.Abstractions.NullLogger<PubSubConnection>.Instance);
        await ear.StartAsync(CancellationToken.None);
        var channel = One.PubSub.Channels.Hub(typeof(Hub)).Connection(client.Id);
        Assert.That(await ear.SubscribeAsync(channel, payload => { lock (heard) heard.Add(payload.Length == 1 ? "end" : "frame"); }, HubClient.Deadline), Is.True);
        await One.Hub.SendConnectionAsync(client.Id, "Hello", ["here"]);
        await One.Hub.SendConnectionsAsync([client.Id], "Hello", ["here"]);
        Assert.That(await client.NextTextsAsync(2), Is.All.EqualTo("here"));
        await One.PubSub.PublishAsync(channel, [0]);
        await Eventually.HoldsAsync(() => { lock (heard) return heard.Count > 0; }, "the end is heard");
        Assert.That(heard, Is.EqualTo(new[] { "end" }));
    }

    [Test]
    public async Task Groups_JoinedByTheThousandAtOnce_AllWork()
    {
        string[] groups = [.. Enumerable.Range(0, 4000).Select(i => $"g{i}")];
        // They are sent in one go, faster than the client reads.
        var node = await StartAsync<Hub>(options: new() { OutstandingMessages = groups.Length });
        var client = await node.ConnectAsync();
        await Task.WhenAll(groups.Select(group => node.Hub.AddToGroupAsync(client.Id, group))).WaitAsync(HubClient.Deadline);
        var reading = client.NextTextsAsync(groups.Length);
        await Task.WhenAll(groups.Select(group => One.Hub.SendGroupAsync(group, "Hello", [group])));
        Assert.That(await reading, Is.EqualTo(groups));
    }

    [Test]
    public async Task Group_WithThePatternCharacters_IsTakenLiterally()
    {
        var (star, other) = (await Two.ConnectAsync(), await Two.ConnectAsync());
        await Two.Hub.AddToGroupAsync(star.Id, "a*");
        await Two.Hub.AddToGroupAsync(other.Id, "ab");
        await One.Hub.SendGroupAsync("ab", "Hello", ["ab"]);
        Assert.That(await other.NextTextAsync(), Is.EqualTo("ab"));
        await AssertNothingCameAsync(star, One);
    }

    [Test]
    public async Task MalformedFrame_IsDropped()
    {
        var client = await Two.ConnectAsync();
        var channels = One.PubSub.Channels.Hub(typeof(Hub));
        foreach (var channel in new[] { channels.All, channels.Pulse, channels.Connection(client.Id) })
            foreach (var payload in new byte[][] { [], [1], [.. Enumerable.Repeat((byte)1, 40)] })
                Assert.That(await One.PubSub.PublishAsync(channel, payload), Is.GreaterThan(0));
        await AssertNothingCameAsync(client, One);
    }
}
