using System.Net;
using Microsoft.AspNetCore.SignalR;
using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.EndToEnd.Tests.Relay;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests;

[CancelAfter(Deadline.TestMilliseconds)]
internal sealed class LostDatabaseTests
{
    private const int Steps = 50;
    private const int RelayMessages = 500;

    [Test]
    public async Task PostgresGone_SendsAnswerUnavailable_AndOnceItIsBackEverythingConfirmedArrives()
    {
        await using var folder = await TestDatabase.CreateAsync(Engine.Sqlite);
        await using var postgres = await PostgresProcess.StartAsync();
        await using var server = await ServerProcess.StartAsync(folder.Folder, postgres.Setting);
        var (sender, receiver) = (await server.RegisterAsync("sender"), await server.RegisterAsync("receiver"));
        await using var sending = await TestDevice.ConnectAsync(server.Url, sender).Bounded();
        await using var receiving = await TestDevice.ConnectAsync(server.Url, receiver).Bounded();
        await receiving.ResumeAsync().Bounded();
        var confirmed = new List<Delivery>();
        for (var i = 0; i < Steps; i++) confirmed.AddRange((await sending.SendToAsync(receiving.Id, $"before-{i}").Bounded()).Deliveries);

        await postgres.StopAsync();
        await AssertUnavailableAsync(server, sending, receiving.Id);

        await postgres.StartAgainAsync();
        await Poll.UntilAsync(async () => await server.HealthAsync() == HttpStatusCode.OK, "the server is ready again");
        await using var retrying = new RetryingSender(server.Url, sender);
        for (var i = 0; i < Steps; i++) confirmed.AddRange((await retrying.SendAsync(receiving.Id, $"during-{i}", null)).Deliveries);

        Assert.That(confirmed.Select(d => d.Seq), Is.EqualTo(Enumerable.Range(1, 2 * Steps)), "no seq was lost or given twice");
        await AssertArrivesAsync(server, receiving, receiver, 2 * Steps);
    }

    [Test]
    public async Task Messages_WhilePostgresIsAwayInTheMiddle_AllThatWasConfirmedArrivesInOrder([Values] Client client)
    {
        await using var folder = await TestDatabase.CreateAsync(Engine.Sqlite);
        await using var postgres = await PostgresProcess.StartAsync();
        await using var server = await ServerProcess.StartAsync(folder.Folder, postgres.Setting);
        await using var line = new BreakableLine(server.Url);
        var plan = await RelayPlan.MakeAsync(server, line, RelayMessages);
        var log = new RelayLog(RelayMessages / 2);

        var running = plan.RunAsync(client, log);
        await await Task.WhenAny(running, log.EnoughConfirmed).Bounded();
        await postgres.StopAsync();
        await Poll.UntilAsync(async () => await server.HealthAsync() == HttpStatusCode.ServiceUnavailable, "the server misses its database");
        var confirmedBefore = log.Count(RelayEvent.Confirmed);
        await postgres.StartAgainAsync();
        await running.Bounded();

        Assert.That(confirmedBefore, Is.LessThan(RelayMessages), "it was stopped in the middle");
        log.AssertNothingIsLost(RelayMessages);
        log.AssertAttemptsCount(afterCrash: true);
    }

    [Test]
    public async Task ADevice_ThatLeftWhilePostgresWasAway_IsOfflineOnceItIsBack()
    {
        await using var folder = await TestDatabase.CreateAsync(Engine.Sqlite);
        await using var postgres = await PostgresProcess.StartAsync();
        await using var server = await ServerProcess.StartAsync(folder.Folder, postgres.Setting);
        await using var watcher = await server.ConnectAsync("watcher");
        var leaving = await server.ConnectAsync("leaving");

        await postgres.StopAsync();
        await leaving.DisposeAsync();
        // By then the server has tried in vain to note it.
        await AssertUnavailableAsync(server, watcher, watcher.Id);
        await postgres.StartAgainAsync();

        await Poll.UntilAsync(async () => await server.StatusAsync(watcher.Registered, leaving.Id) == "offline", "the device is offline");
    }

    [Test]
    public async Task Resume_RefusedWhilePostgresWasAway_StartsDeliveryOnceItIsBack([Values(0, 1)] long after)
    {
        await using var folder = await TestDatabase.CreateAsync(Engine.Sqlite);
        await using var postgres = await PostgresProcess.StartAsync();
        await using var server = await ServerProcess.StartAsync(folder.Folder, postgres.Setting);
        await using var device = await server.ConnectAsync("device");
        await device.SendToAsync(device.Id, "m1").Bounded();
        await device.SendToAsync(device.Id, "m2").Bounded();

        await postgres.StopAsync();
        Assert.That(async () => await device.ResumeAsync(after).Bounded(), Throws.InstanceOf<HubException>().With.Message.Contains("HubException: unavailable: "));
        await postgres.StartAgainAsync();
        await Poll.UntilAsync(async () => await server.HealthAsync() == HttpStatusCode.OK, "the server is ready again");

        var position = await device.ResumeAsync(after).Bounded();
        Assert.That((position.Head, position.Acknowledged), Is.EqualTo((2L, after)));
        Assert.That((await device.NextAsync().Bounded()).Seq, Is.EqualTo(after + 1));
    }

    private static async Task AssertUnavailableAsync(ServerProcess server, TestDevice sending, string receiver)
    {
        var refusals = new List<string>();
        for (var i = 0; i < Steps; i++)
        {
            try
            {
                await sending.SendToAsync(receiver, $"during-{i}").Bounded();
                refusals.Add("confirmed");
            }
            catch (HubException refusal)
            {
                refusals.Add(refusal.Message);
            }
        }
        Assert.That(refusals, Has.All.Match("HubException: unavailable: \\S"));
        Assert.That(await server.HealthAsync(), Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        using var answer = await server.GetAsync("/api/v1/devices", sending.Registered.Credential.AccessToken);
        Assert.That((answer.StatusCode, await TestServer.CodeAsync(answer)), Is.EqualTo((HttpStatusCode.ServiceUnavailable, ErrorCodes.Unavailable)));
    }

    // Stays connected, or comes back; either is right.
    private static async Task AssertArrivesAsync(ServerProcess server, TestDevice device, RegisteredDevice registered, int count)
    {
        var came = new List<string>();
        while (came.Count < count)
        {
            var next = device.NextAsync();
            if (await Task.WhenAny(next, device.Closed).Bounded() != next)
            {
                await TestContext.Out.WriteLineAsync($"The receiver's connection ended after {came.Count} messages: it reconnects.");
                device = await Reconnection.UntilItWorksAsync(server.Url, registered);
                await device.ResumeAsync().Bounded();
                continue;
            }
            var message = await next;
            // Nothing is acknowledged, so what a second connection brings again is known by its id.
            if (!came.Contains(message.Id)) came.Add(message.Id);
        }
        Assert.That(came, Is.EqualTo(Enumerable.Range(0, Steps).Select(i => $"before-{i}").Concat(Enumerable.Range(0, Steps).Select(i => $"during-{i}"))));
    }
}
