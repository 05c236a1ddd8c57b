using RooCoord.Application.Cluster;
using RooCoord.Application.Files;
using RooCoord.Domain;
using RooCoord.Infrastructure.Sql.Files;

namespace RooCoord.Infrastructure.Blobs;

/// <summary>
/// Locks of all nodes: between requests of one node its own, and above them the node that receives an upload, which stands with it in
/// the database and fences what is committed. A node keeps an upload until another asks for it, so that chunks which keep coming to
/// one node cost nothing more.
/// </summary>
internal sealed class ClusterUploadLocks(LocalUploadLocks local, UploadHolders holders, INodeBus bus, OwnNode own) : IUploadLocks, IUploadHandover
{
    // A holder that lets go at once, twice on the way.
    private const int MaxMoves = 3;

    public async Task<IUploadLock> TakeAsync(long userKey, string uploadId, CancellationToken cancellationToken) =>
        await HoldAsync(await local.TakeAsync(userKey, uploadId, cancellationToken).ConfigureAwait(false), userKey, uploadId, looks: false, cancellationToken).ConfigureAwait(false);

    public async Task<IUploadLock> LookAsync(long userKey, string uploadId, CancellationToken cancellationToken) =>
        await HoldAsync(await local.LookAsync(userKey, uploadId, cancellationToken).ConfigureAwait(false), userKey, uploadId, looks: true, cancellationToken).ConfigureAwait(false);

    public async Task HandOverAsync(UploadWanted wanted, CancellationToken cancellationToken)
    {
        var (user, upload) = (wanted.UserKey, wanted.UploadId);
        var held = wanted.Looks
            ? await local.LookAsync(user, upload, cancellationToken).ConfigureAwait(false)
            : await local.TakeAsync(user, upload, cancellationToken).ConfigureAwait(false);
        await using (held.ConfigureAwait(false)) await holders.MoveAsync(user, upload, own.Key, wanted.Node).ConfigureAwait(false);
    }

    private async Task<IUploadLock> HoldAsync(IUploadLock held, long userKey, string uploadId, bool looks, CancellationToken cancellationToken)
    {
        try
        {
            await AcquireAsync(userKey, uploadId, looks, cancellationToken).ConfigureAwait(false);
            return new Held(held, holders, userKey, uploadId, own.Key);
        }
        catch
        {
            await held.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task AcquireAsync(long userKey, string uploadId, bool looks, CancellationToken cancellationToken)
    {
        for (var move = 0; move < MaxMoves; move++)
        {
            // Null: there is no such upload, which whoever wanted it finds next.
            if (await holders.FindAsync(userKey, uploadId, cancellationToken).ConfigureAwait(false) is not { } holder || holder.Node == own.Key) return;
            if (!holder.IsAlive)
            {
                if (await holders.MoveAsync(userKey, uploadId, holder.Node, own.Key).ConfigureAwait(false)) return;
                continue;
            }
            try { await bus.AskAsync(holder.Node, new UploadWanted(userKey, uploadId, own.Key, looks), cancellationToken).ConfigureAwait(false); }
            catch (Fault fault) when (fault.Code == FaultCode.Unavailable)
            {
                // It lives as far as is known, but cannot be asked: clients try this again.
                throw new Fault(FaultCode.Locked, "another node receives the upload and cannot be reached; try again", fault);
            }
        }
        throw new Fault(FaultCode.Locked, "other requests have the upload; try again");
    }

    private sealed class Held(IUploadLock inner, UploadHolders holders, long userKey, string uploadId, long node) : IUploadLock
    {
        public CancellationToken Lost => inner.Lost;

        public void Touch() => inner.Touch();

        public bool IsBusy { set => inner.IsBusy = value; }

        // A node that was frozen may have been declared dead, and another go on.
        public async ValueTask<bool> IsOursAsync() =>
            await holders.FindAsync(userKey, uploadId, CancellationToken.None).ConfigureAwait(false) is { IsAlive: true } holder && holder.Node == node;

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
