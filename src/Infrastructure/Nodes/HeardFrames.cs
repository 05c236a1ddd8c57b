using System.Collections.Concurrent;

namespace RooCoord.Infrastructure.Nodes;

/// <summary>The last count heard of each node, on its line to this one and on that to all.</summary>
internal sealed class HeardFrames
{
    private readonly ConcurrentDictionary<(long Node, bool ToAll), long> _last = [];

    /// <summary>Those that were heard and not forgotten.</summary>
    public IEnumerable<long> Nodes => _last.Keys.Select(k => k.Node).Distinct();

    /// <summary>Notes a frame; false when frames before it were missed.</summary>
    public bool Hears(long node, bool toAll, long count)
    {
        // What a node said to all before this one listened is of no matter to it; to this one alone it begins with 1.
        var isNext = _last.TryGetValue((node, toAll), out var last) ? count == last + 1 : toAll || count == 1;
        _last[(node, toAll)] = count;
        return isNext;
    }

    public void Forget(long node)
    {
        _last.TryRemove((node, false), out _);
        _last.TryRemove((node, true), out _);
    }
}
