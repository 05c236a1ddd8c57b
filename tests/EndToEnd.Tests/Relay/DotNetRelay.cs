using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Relay;

/// <summary>Both devices on <c>HubConnection</c>s.</summary>
internal sealed class DotNetRelay(RelayPlan plan, RelayLog log)
{
    private readonly Random _random = new(plan.Seed);
    private readonly Progress _progress = new();

    public static async Task RunAsync(RelayPlan plan, RelayLog log)
    {
        var relay = new DotNetRelay(plan, log);
        var (sending, receiving) = (relay.SendAsync(), relay.ReceiveAsync());
        // Whoever fails first fails both: the other one would wait for it in vain.
        await await Task.WhenAny(sending, receiving);
        await Task.WhenAll(sending, receiving);
    }

    private async Task SendAsync()
    {
        await using var sender = new RetryingSender(plan.Server, plan.Sender);
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, RelayPlan.SendsInFlight).Select(_ => Task.Run(async () =>
        {
            int number;
            while ((number = Interlocked.Increment(ref next)) <= plan.Count)
            {
                await _progress.UntilAsync(p => !p.Present || p.Confirmed < p.Handled + RelayPlan.Lead);
                var id = plan.MessageId(number);
                var sent = await sender.SendAsync(plan.Receiver.Device.Id, id, body: new { number });
                log.Add(new(RelayEvent.Confirmed, sent.Deliveries.Single().Seq!.Value, id, sent.Duplicate));
                _progress.Change(p => p.Confirmed++);
            }
        })));
    }

    private async Task ReceiveAsync()
    {
        var app = new ReceivingApp(log, _progress, plan.Count);
        while (true)
        {
            await using var device = await ReconnectAsync();
            try
            {
                // An app may resume from what it has handled, or leave it to the server to know.
                var position = await device.ResumeAsync(_random.Next(2) == 0 ? app.Handled : 0).Bounded();
                log.Add(new(RelayEvent.Returned));
                _progress.Change(p => p.Present = true);
                if (await app.HandleAsync(device, _random.Next(1, RelayPlan.LongestStay + 1), _random))
                {
                    log.Add(new(RelayEvent.Done, Position: await device.ResumeAsync().Bounded()));
                    return;
                }
            }
            catch (Exception exception) when (Failure.IsPassing(exception))
            {
                // The server or its database is gone: come back.
            }
            if (_random.Next(2) == 0) Cut();
            else await LeaveAsync(device);
        }
    }

    private void Cut()
    {
        log.Add(new(RelayEvent.Cut));
        plan.Line.Break();
    }

    private async Task LeaveAsync(TestDevice device)
    {
        log.Add(new(RelayEvent.Left));
        await device.DisposeAsync();
        var returnsAt = Math.Min(plan.Count, _progress.Confirmed + _random.Next(1, RelayPlan.LongestAbsence + 1));
        _progress.Change(p => p.Present = false);
        await _progress.UntilAsync(p => p.Confirmed >= returnsAt);
    }

    private Task<TestDevice> ReconnectAsync() => Reconnection.UntilItWorksAsync(plan.Line.Url, plan.Receiver);
}
