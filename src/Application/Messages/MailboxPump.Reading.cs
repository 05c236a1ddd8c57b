using RooCoord.Domain.Messages;

namespace RooCoord.Application.Messages;

public sealed partial class MailboxPump
{
    private const int MaxRead = 256;
    private static readonly TimeSpan RetryReading = TimeSpan.FromSeconds(1);

    private async Task ReadReceiptsAsync()
    {
        var kept = await TryReadAsync(() => receipts.ReadAsync(device.Key, CancellationToken.None)).ConfigureAwait(false);
        lock (_gate) _receipts.EndReading(kept);
    }

    private async Task ReadLaneAsync(MailboxLane lane, Priority priority)
    {
        long after;
        (int Entries, int Bytes) room;
        lock (_gate) (after, room) = (lane.BeginReading(), _out.MemoryRoom);
        var page = await TryReadAsync(() => mailbox.ReadAsync(device.Key, priority, after, Math.Min(MaxRead, room.Entries), room.Bytes, CancellationToken.None)).ConfigureAwait(false);
        lock (_gate) lane.EndReading(page?.Entries ?? [], page?.More ?? true);
    }

    private async Task ReadDueAsync()
    {
        int limit;
        lock (_gate) limit = _out.Due.BeginReading(_out.Flight);
        var due = await TryReadAsync(() => mailbox.ReadDueAsync(device.Key, time.GetUtcNow(), limit, CancellationToken.None)).ConfigureAwait(false);
        lock (_gate) _out.Due.EndReading(due, _out.Flight);
    }

    // The database is away: the mailbox keeps what is ours, a later tick asks again.
    private async Task<T?> TryReadAsync<T>(Func<Task<T>> read) where T : class
    {
        try { return await read().ConfigureAwait(false); }
        catch (Exception)
        {
            lock (_gate) _readAgainAt = time.GetUtcNow() + RetryReading;
            return null;
        }
    }
}
