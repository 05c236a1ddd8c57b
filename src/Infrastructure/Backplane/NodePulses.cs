using System.Collections.Concurrent;
using System.Diagnostics;

namespace RooCoord.Infrastructure.Backplane;

/// <summary>Which other nodes live: one that was heard of and then not for 4 s is dead.</summary>
internal sealed class NodePulses
{
    /// <summary>How often a node gives a sign of life.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    /// <summary>How long a silent node counts as alive, and how long it may take to take up a call.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly ConcurrentDictionary<Guid, long> _heard = new();

    public void Heard(Guid node) => _heard[node] = Stopwatch.GetTimestamp();

    public void Forget(Guid node) => _heard.TryRemove(node, out _);

    public bool IsDead(Guid node) => !_heard.TryGetValue(node, out var at) || Stopwatch.GetElapsedTime(at) > Patience;

    /// <summary>Forgets the dead.</summary>
    public void Sweep()
    {
        foreach (var (node, _) in _heard)
            if (IsDead(node)) Forget(node);
    }
}
