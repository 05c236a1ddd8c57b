using System.Diagnostics;
using RooCoord.Application.Cluster;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// Whether this node does a job that runs once in the cluster, asked as often as the job looks: renews its lease in time. A node
/// alone always does. The job goes to another node within ten seconds of a crash; until then it may run twice, so what it does
/// must stand that.
/// </summary>
internal sealed class Leadership(string job, Leases leases, INodeBus bus)
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan RenewAfter = TimeSpan.FromSeconds(3);

    private long? _heldSince, _askedAt;

    /// <summary>Whether this node does it now. Faults when the database cannot say.</summary>
    public async Task<bool> IsOursAsync()
    {
        if (!bus.IsCluster) return true;
        if (_askedAt is not { } asked || Stopwatch.GetElapsedTime(asked) > RenewAfter)
        {
            var now = Stopwatch.GetTimestamp();
            _heldSince = await leases.TryHoldAsync(job, Duration).ConfigureAwait(false) is null ? null : now;
            _askedAt = now;
        }
        return _heldSince is { } since && Stopwatch.GetElapsedTime(since) < Duration;
    }
}
