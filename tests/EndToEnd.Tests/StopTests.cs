using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.SignalR;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests;

[CancelAfter(Deadline.TestMilliseconds)]
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
internal sealed class StopTests(Engine engine)
{
    private const int SendsInFlight = 40;
    // Draining at most 5 s, and a busy machine.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [SetUp]
    public void RequireSignals()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("Windows has no SIGTERM to tell a process to stop.");
    }

    [Test]
    public async Task UnderLoad_DevicesAreTold_CallsAreAnswered_AndAllThatWasConfirmedIsThereAfterwards()
    {
        await using var server = await ServerProcess.StartAsync(engine, "--RooCoord:Limits:MessagesPerSecond=0");
        var receiver = await server.RegisterAsync("receiver");
        await using var sender = await server.ConnectAsync("sender");
        var confirmed = new ConcurrentQueue<string>();
        var unanswered = 0;
        var sending = Enumerable.Range(0, SendsInFlight).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; ; i++)
            {
                var id = $"m-{worker}-{i}";
                try
                {
                    await sender.SendToAsync(receiver.Device.Id, id).Bounded();
                    confirmed.Enqueue(id);
                }
                catch (HubException refusal)
                {
                    Assert.That(refusal.Message, Does.Contain("HubException: unavailable: "));
                    return;
                }
                catch (Exception exception) when (Clients.Failure.IsLostConnection(exception))
                {
                    Interlocked.Increment(ref unanswered);
                    return;
                }
            }
        })).ToArray();
        await Poll.UntilAsync(() => Task.FromResult(confirmed.Count > 500), "messages flow");

        var stopping = Stopwatch.StartNew();
        await server.TellToStopAsync();
        Assert.That(await sender.Draining.Bounded(), Is.InRange(0, 5_000));
        await Task.WhenAll(sending).Bounded();
        Assert.That(await server.Process.ExitAsync(), Is.Zero, () => server.Process.Transcript);
        Assert.That(stopping.Elapsed, Is.LessThan(Limit));
        await TestContext.Out.WriteLineAsync($"{confirmed.Count} confirmed, {unanswered} of {SendsInFlight} left without an answer, stopped after {stopping.ElapsedMilliseconds} ms");

        await server.StartAgainAsync();
        await using var device = await TestDevice.ConnectAsync(server.Url, receiver).Bounded();
        var position = await device.ResumeAsync(window: 1024).Bounded();
        Assert.That(position.Head, Is.EqualTo(confirmed.Count), "whatever was committed was answered: what was lost with the connection had not begun");
        var missing = confirmed.ToHashSet();
        while (missing.Count > 0)
        {
            var message = await device.NextAsync().Bounded();
            missing.Remove(message.Id);
            await device.AcknowledgeAsync(message.Seq!.Value).Bounded();
        }
    }

    [Test]
    public async Task ToldTwice_ItWaitsForNobody_AndStillEndsWell()
    {
        await using var folder = await TestDatabase.CreateAsync(engine);
        await using var server = await ServerProcess.StartAsync(folder.Folder, folder.Setting, "--RooCoord:Drain:Seconds=40", "--RooCoord:Drain:TotalSeconds=50");
        await using var device = await server.ConnectAsync("device");
        await device.ResumeAsync().Bounded();
        await device.SendToAsync(device.Id).Bounded();
        await device.NextAsync().Bounded();

        var stopping = Stopwatch.StartNew();
        await server.TellToStopAsync();
        await device.Draining.Bounded();
        // The same wish told twice within a second, by a supervisor and a parent, say, is one.
        await Poll.UntilAsync(async () =>
        {
            if (!server.Process.HasExited) await server.TellToStopAsync();
            return device.Closed.IsCompleted;
        }, "the device is closed");
        Assert.That(await server.Process.ExitAsync(), Is.Zero, () => server.Process.Transcript);
        Assert.That(stopping.Elapsed, Is.GreaterThan(TimeSpan.FromSeconds(1)).And.LessThan(Limit));
    }
}
