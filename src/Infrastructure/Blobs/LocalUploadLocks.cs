using RooCoord.Application.Files;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Blobs;

/// <summary>Locks of one process.</summary>
internal sealed class LocalUploadLocks(TimeProvider time) : IUploadLocks
{
    private static readonly TimeSpan SilentAfter = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LookPatience = TimeSpan.FromMilliseconds(500);
    // A holder that hashes or scans a large file cannot let go sooner.
    private static readonly TimeSpan TakePatience = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<(long, string), Held> _held = [];

    public async Task<IUploadLock> TakeAsync(long userKey, string uploadId, CancellationToken cancellationToken)
    {
        var name = (userKey, uploadId);
        Waiter waiter;
        Waiter? refused;
        lock (_gate)
        {
            if (!_held.TryGetValue(name, out var holder)) return Hold(name);
            refused = holder.Waiter;
            holder.Waiter = waiter = new();
            holder.Lose();
        }
        refused?.Refuse();
        return await WaitAsync(name, waiter, TakePatience, cancellationToken).ConfigureAwait(false);
    }

    public async Task<IUploadLock> LookAsync(long userKey, string uploadId, CancellationToken cancellationToken)
    {
        var name = (userKey, uploadId);
        var since = time.GetTimestamp();
        while (true)
        {
            Task change;
            TimeSpan wait;
            lock (_gate)
            {
                if (!_held.TryGetValue(name, out var holder)) return Hold(name);
                var silent = holder.IsBusy ? TimeSpan.Zero : time.GetElapsedTime(holder.TouchedAt);
                if (silent >= SilentAfter) holder.Lose();
                var left = LookPatience - time.GetElapsedTime(since);
                if (left <= TimeSpan.Zero) throw Locked();
                change = holder.Released;
                wait = silent >= SilentAfter || SilentAfter - silent > left ? left : SilentAfter - silent;
            }
            try
            {
                await change.WaitAsync(wait, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Looked at again.
            }
        }
    }

    private async Task<IUploadLock> WaitAsync((long, string) name, Waiter waiter, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            return await waiter.Task.WaitAsync(patience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            lock (_gate)
            {
                if (_held.TryGetValue(name, out var holder) && holder.Waiter == waiter) holder.Waiter = null;
            }
            // Served at the last moment: let go again.
            if (waiter.Refuse() is { } served) await served.DisposeAsync().ConfigureAwait(false);
            throw exception is TimeoutException ? Locked() : exception;
        }
    }

    private Held Hold((long, string) name) => _held[name] = new(this, name, time.GetTimestamp());

    private void Release(Held held)
    {
        Waiter? next;
        lock (_gate)
        {
            _held.Remove(held.Name);
            next = held.Waiter;
            if (next is not null && !next.Serve(Hold(held.Name))) _held.Remove(held.Name);
        }
        held.SetReleased();
    }

    private static Fault Locked() => new(FaultCode.Locked, "another request has the upload; try again");

    private sealed class Waiter
    {
        private readonly TaskCompletionSource<IUploadLock> _served = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<IUploadLock> Task => _served.Task;

        public bool Serve(Held held) => _served.TrySetResult(held);

        /// <summary>Gives up waiting; returns the lock if it was served already.</summary>
        public IUploadLock? Refuse() => _served.TrySetException(Locked()) ? null : _served.Task is { IsCompletedSuccessfully: true } task ? task.Result : null;
    }

    private sealed class Held(LocalUploadLocks locks, (long, string) name, long touchedAt) : IUploadLock
    {
        private readonly CancellationTokenSource _lost = new();
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _touchedAt = touchedAt;
        private int _disposed;

        public (long, string) Name => name;
        public long TouchedAt => Volatile.Read(ref _touchedAt);
        public Waiter? Waiter { get; set; }
        public Task Released => _released.Task;
        public CancellationToken Lost => _lost.Token;

        public ValueTask<bool> IsOursAsync() => ValueTask.FromResult(true);

        private volatile bool _busy;

        public bool IsBusy
        {
            get => _busy;
            set
            {
                Touch();
                _busy = value;
            }
        }

        public void Touch() => Volatile.Write(ref _touchedAt, locks.Now);

        // Not here: what is cancelled may go on in this call.
        public void Lose() => _ = _lost.CancelAsync();

        public void SetReleased() => _released.TrySetResult();

        public ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0) locks.Release(this);
            return ValueTask.CompletedTask;
        }
    }

    private long Now => time.GetTimestamp();
}
