using System.Globalization;
using Microsoft.AspNetCore.SignalR;
using RooCoord.Infrastructure.Backplane;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>The caller's order, and who must not be held up by whom.</summary>
public sealed class OrderTests(Carrier carrier) : TwoNodes(carrier)
{
    private const int Rounds = 1000;

    [TestCase(false)]
    [TestCase(true)]
    public async Task Sends_ArriveInTheCallersOrder_WhateverTheTarget(bool isLocal)
    {
        var client = await Two.ConnectAsync("ann");
        await Two.Hub.AddToGroupAsync(client.Id, "g");
        var hub = (isLocal ? Two : One).Hub;
        var reading = client.NextTextsAsync(4 * Rounds);
        for (var i = 0; i < Rounds; i++)
        {
            await hub.SendGroupAsync("g", "Hello", [Text(4 * i)]);
            await hub.SendConnectionAsync(client.Id, "Hello", [Text(4 * i + 1)]);
            await hub.SendUserAsync("ann", "Hello", [Text(4 * i + 2)]);
            await hub.SendAllAsync("Hello", [Text(4 * i + 3)]);
        }
        Assert.That(await reading, Is.EqualTo(Enumerable.Range(0, 4 * Rounds).Select(Text)));
    }

    [Test]
    public async Task Sends_NotAwaited_KeepTheirOrderToo()
    {
        var client = await Two.ConnectAsync();
        await Two.Hub.AddToGroupAsync(client.Id, "g");
        var reading = client.NextTextsAsync(2 * Rounds);
        var sends = Enumerable.Range(0, Rounds).SelectMany(i => new[]
        {
            One.Hub.SendGroupAsync("g", "Hello", [Text(2 * i)]),
            One.Hub.SendConnectionAsync(client.Id, "Hello", [Text(2 * i + 1)]),
        }).ToArray();
        await Task.WhenAll(sends);
        Assert.That(await reading, Is.EqualTo(Enumerable.Range(0, 2 * Rounds).Select(Text)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task ClientThatDoesNotRead_HoldsNobodyUp_AndIsAborted(bool isLocal)
    {
        var node = await StartAsync<Hub>(options: new() { OutstandingMessages = 100 });
        var (deaf, good) = (await node.ConnectAsync(), await node.ConnectAsync());
        foreach (var client in new[] { deaf, good }) await node.Hub.AddToGroupAsync(client.Id, "g");
        var (hub, body) = (isLocal ? node.Hub : One.Hub, new string('x', 4096));
        // 64 KiB wait in the deaf one's pipe, 100 messages before it; the rest is past its bound.
        for (var i = 0; i < 300; i++)
        {
            await hub.SendGroupAsync("g", "Hello", [body]).WaitAsync(HubClient.Deadline);
            Assert.That(await good.NextTextAsync(), Is.EqualTo(body));
        }
        await Eventually.HoldsAsync(() => deaf.Context.ConnectionAborted.IsCancellationRequested, "the deaf client is aborted");
        Assert.That(good.Context.ConnectionAborted.IsCancellationRequested, Is.False);
    }

    [Test]
    public async Task ClientThatDoesNotRead_IsAbortedByBytes_ButNotByOneLargeMessage()
    {
        var node = await StartAsync<Hub>(options: new() { OutstandingBytes = 1024 * 1024 });
        var client = await node.ConnectAsync();
        var body = new string('x', 2 * 1024 * 1024);
        await One.Hub.SendConnectionAsync(client.Id, "Hello", [body]);
        Assert.That(await client.NextTextAsync(), Is.EqualTo(body));
        await One.Hub.SendConnectionAsync(client.Id, "Hello", [body]);
        await One.Hub.SendConnectionAsync(client.Id, "Hello", [body]);
        await Eventually.HoldsAsync(() => client.Context.ConnectionAborted.IsCancellationRequested, "too many bytes wait");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
