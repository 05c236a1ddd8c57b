using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.EndToEnd.Tests.Relay;

namespace RooCoord.EndToEnd.Tests.Crash;

/// <summary>Sends to some of the receivers, several messages at a time, and now and then a confirmed one again.</summary>
internal sealed class CrashSender(Uri server, RegisteredDevice registered, IReadOnlyList<string> receivers, CrashLog log, Progress progress, int seed, CrashPlan plan)
{
    private const int SendsInFlight = 8;
    private const double SentAgain = 0.05;
    // Twice: the usual one is the most frequent.
    private static readonly string[] Priorities = ["low", "normal", "normal", "high", "critical"];

    public async Task RunAsync(CancellationToken stop)
    {
        await using var sender = new RetryingSender(server, registered);
        await Task.WhenAll(Enumerable.Range(0, SendsInFlight).Select(lane => Task.Run(() => SendAsync(sender, lane, stop))));
    }

    private async Task SendAsync(RetryingSender sender, int lane, CancellationToken stop)
    {
        var random = new Random(HashCode.Combine(seed, lane));
        using var pace = plan.MessagesPerSecond == 0 ? null : new PeriodicTimer(TimeSpan.FromSeconds((double)plan.Senders * SendsInFlight / plan.MessagesPerSecond));
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            if (pace is not null) await pace.WaitForNextTickAsync(Deadline.Token);
            // A backlog, but not an endless one.
            await progress.UntilAsync(p => p.Confirmed < p.Handled + plan.Lead || stop.IsCancellationRequested);
            var devices = random.GetItems([.. receivers], random.Next(1, plan.Targets + 1)).Distinct().ToArray();
            var sending = new CrashLine.Sending($"{registered.Device.Name}-{lane}-{number}", random.GetItems(Priorities, 1)[0], devices);
            log.Add(sending);
            await ConfirmAsync(sender, sending);
            progress.Change(p => p.Confirmed += devices.Length);
            if (random.NextDouble() < SentAgain) await ConfirmAsync(sender, sending);
        }
    }

    private async Task ConfirmAsync(RetryingSender sender, CrashLine.Sending sending)
    {
        var (id, priority, devices) = (sending.Id, sending.Priority, sending.Devices);
        var sent = await sender.SendAsync(id, device => device.SendAsync(new { id, to = new { devices }, type = "crash", body = new { id }, priority }));
        log.Add(new CrashLine.Confirmed(id, sent.Duplicate, sent.Deliveries));
    }
}
