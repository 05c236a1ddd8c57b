using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.EndToEnd.Tests.Relay;

namespace RooCoord.EndToEnd.Tests.Crash;

/// <summary>Several senders and receivers at work, on one server or on several in turn, while something is killed again and again.</summary>
internal sealed class CrashLoad(int seed, params IReadOnlyList<ServerProcess> servers)
{
    private const int Senders = 2;
    private const int Receivers = 3;
    // Deliveries from one crash to the next: from none, that is while clients still reconnect, to a second's worth and more.
    private const int LongestRound = 2_500;
    private const int AfterTheLast = 500;

    private readonly CrashLog _log = new();
    private readonly Progress _progress = new();
    private readonly Random _random = new(seed);

    public CrashLog Log => _log;
    /// <summary>In how many rounds <c>Send</c>s waited for their answer when it happened.</summary>
    public int RoundsThatInterrupted { get; private set; }

    /// <summary>Runs the load; <paramref name="crash"/> kills and starts again, <paramref name="rounds"/> times.</summary>
    public async Task RunAsync(int rounds, Func<Task> crash)
    {
        var receivers = new List<RegisteredDevice>();
        for (var i = 0; i < Receivers; i++) receivers.Add(await servers[0].RegisterAsync($"receiver{i}"));
        // Each begins with another server.
        var lines = Enumerable.Range(0, Receivers + Senders).Select(i => new BreakableLine([.. servers.Skip(i % servers.Count).Concat(servers.Take(i % servers.Count)).Select(s => s.Url)])).ToList();
        try
        {
            using var stop = new CancellationTokenSource();
            var sending = new List<Task>();
            for (var i = 0; i < Senders; i++)
            {
                var sender = new CrashSender(lines[Receivers + i].Url, await servers[0].RegisterAsync($"sender{i}"), receivers.ConvertAll(r => r.Device.Id), _log, _progress, _random.Next());
                sending.Add(sender.RunAsync(stop.Token));
            }
            var allSent = Task.WhenAll(sending);
            var receiving = receivers.Select((r, i) => new CrashReceiver(r, lines[i], _log, _progress, _random.Next()).RunAsync(allSent)).ToArray();
            var crashing = CrashAsync(rounds, crash, stop);
            // Whoever fails first fails the test: the others would wait in vain.
            Task[] all = [.. sending, .. receiving, crashing];
            await foreach (var ended in Task.WhenEach(all)) await ended;
        }
        finally
        {
            foreach (var line in lines) await line.DisposeAsync();
        }
    }

    private async Task CrashAsync(int rounds, Func<Task> crash, CancellationTokenSource stop)
    {
        for (var round = 0; round < rounds; round++)
        {
            await ConfirmedAsync(_random.Next(LongestRound));
            if (_log.Unanswered > 0) RoundsThatInterrupted++;
            await crash();
        }
        await ConfirmedAsync(AfterTheLast);
        await stop.CancelAsync();
        _progress.Change(_ => { });
    }

    private Task ConfirmedAsync(int more)
    {
        var enough = _progress.Confirmed + more;
        return _progress.UntilAsync(p => p.Confirmed >= enough);
    }
}
