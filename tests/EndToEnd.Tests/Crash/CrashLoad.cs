using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.EndToEnd.Tests.Relay;

namespace RooCoord.EndToEnd.Tests.Crash;

/// <summary>How the load looks.</summary>
/// <param name="Senders">How many send.</param>
/// <param name="Receivers">How many receive.</param>
/// <param name="Targets">The most receivers of one message.</param>
/// <param name="MessagesPerSecond">Of all senders; 0: as fast as they go.</param>
/// <param name="Lead">How many deliveries may be confirmed and not yet received.</param>
internal sealed record CrashPlan(int Senders = 2, int Receivers = 3, int Targets = 3, int MessagesPerSecond = 0, int Lead = 500);

/// <summary>Several senders and receivers at work, on one server or on several in turn, while something happens to what serves them.</summary>
internal sealed class CrashLoad(IReadOnlyList<Uri> urls, Func<string, Task<RegisteredDevice>> register, int seed, CrashPlan plan)
{
    // Deliveries from one crash to the next: from none, that is while clients still reconnect, to a second's worth and more.
    private const int LongestRound = 2_500;
    private const int AfterTheLast = 500;

    private readonly CrashLog _log = new();
    private readonly Progress _progress = new();
    private readonly Random _random = new(seed);

    public CrashLoad(int seed, params IReadOnlyList<ServerProcess> servers)
        : this([.. servers.Select(s => s.Url)], servers[0].RegisterAsync, seed, new()) { }

    public CrashLog Log => _log;
    /// <summary>In how many rounds <c>Send</c>s waited for their answer when it happened.</summary>
    public int RoundsThatInterrupted { get; private set; }

    /// <summary>Runs the load; <paramref name="crash"/> kills and starts again, <paramref name="rounds"/> times.</summary>
    public Task RunAsync(int rounds, Func<Task> crash) => RunAsync(() => CrashAsync(rounds, crash));

    /// <summary>Runs the load for as long as <paramref name="meanwhile"/> takes, and until all of it came.</summary>
    public async Task RunAsync(Func<Task> meanwhile)
    {
        var receivers = new List<RegisteredDevice>();
        for (var i = 0; i < plan.Receivers; i++) receivers.Add(await register($"receiver{i}"));
        // Each begins with another server.
        var lines = Enumerable.Range(0, plan.Receivers + plan.Senders).Select(i => new BreakableLine([.. urls.Skip(i % urls.Count), .. urls.Take(i % urls.Count)])).ToList();
        try
        {
            using var stop = new CancellationTokenSource();
            var sending = new List<Task>();
            for (var i = 0; i < plan.Senders; i++)
            {
                var sender = new CrashSender(lines[plan.Receivers + i].Url, await register($"sender{i}"), receivers.ConvertAll(r => r.Device.Id), _log, _progress, _random.Next(), plan);
                sending.Add(sender.RunAsync(stop.Token));
            }
            var allSent = Task.WhenAll(sending);
            var receiving = receivers.Select((r, i) => new CrashReceiver(r, lines[i], _log, _progress, _random.Next()).RunAsync(allSent)).ToArray();
            // Whoever fails first fails the test: the others would wait in vain.
            Task[] all = [.. sending, .. receiving, MeanwhileAsync(meanwhile, stop)];
            await foreach (var ended in Task.WhenEach(all)) await ended;
        }
        finally
        {
            foreach (var line in lines) await line.DisposeAsync();
        }
    }

    /// <summary>Waits until so many deliveries more are confirmed.</summary>
    public Task ConfirmedAsync(int more)
    {
        var enough = _progress.Confirmed + more;
        return _progress.UntilAsync(p => p.Confirmed >= enough);
    }

    private async Task CrashAsync(int rounds, Func<Task> crash)
    {
        for (var round = 0; round < rounds; round++)
        {
            await ConfirmedAsync(_random.Next(LongestRound));
            if (_log.Unanswered > 0) RoundsThatInterrupted++;
            await crash();
        }
        await ConfirmedAsync(AfterTheLast);
    }

    private async Task MeanwhileAsync(Func<Task> meanwhile, CancellationTokenSource stop)
    {
        await meanwhile();
        await stop.CancelAsync();
        _progress.Change(_ => { });
    }
}
