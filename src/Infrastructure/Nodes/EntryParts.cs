using RooCoord.Application.Messages;

namespace RooCoord.Infrastructure.Nodes;

/// <summary>Entries cut into frames: longer ones would hold up what comes behind them, and subscribers for whom much waits are cut.</summary>
internal static class EntryParts
{
    /// <summary>The most entries of a part.</summary>
    public const int MaxEntries = 1_000;

    /// <summary>The most bytes of bodies in a part of several.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>All of them, in their order.</summary>
    public static IEnumerable<IReadOnlyList<Committed>> Of(IReadOnlyList<Committed> entries)
    {
        var (from, bytes) = (0, 0);
        for (var at = 0; at < entries.Count; at++)
        {
            // Entries of one message that stand together carry it once.
            var body = entries[at].Entry.Message.Body.Length;
            var isCarried = at > from && ReferenceEquals(entries[at - 1].Entry.Message, entries[at].Entry.Message);
            if (at > from && (at - from == MaxEntries || (!isCarried && bytes + body > MaxBytes)))
            {
                yield return [.. entries.Skip(from).Take(at - from)];
                (from, bytes, isCarried) = (at, 0, false);
            }
            if (!isCarried) bytes += body;
        }
        yield return from == 0 ? entries : [.. entries.Skip(from)];
    }
}
