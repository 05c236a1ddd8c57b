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
internal sealed class ClusterUploadLocks : IUploadLocks, IUploadHandover
{
    // A holder that lets go at once, twice on the way.
    private const int MaxMoves = 3;
    // More than the other node takes to decide.
    private static readonly TimeSpan LookPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TakePatience = TimeSpan.FromSeconds(31);

    private readonly LocalUploadLocks _local;
    private readonly UploadHolders _holders;
    private readonly INodeBus _bus;
    private readonly OwnNode _own;

    public ClusterUploadLocks(LocalUploadLocks local, UploadHolders holders, INodeBus bus, OwnNode own)
    {
        (_local, _holders, _bus, _own) = (local, holders, bus, own);
        // Declared dead: what was received under the old number is another's to go on with.
        own.Changed += local.LoseAll;
    }

    public async Task<IUploadLock> TakeAsync(long userKey, string uploadId, CancellationToken cancellationToken) =>
        await HoldAsync(await _local.TakeAsync(userKey, uploadId, cancellationToken).ConfigureAwait(false), userKey, uploadId, looks: false, cancellationToken).ConfigureAwait(false);

    public async Task<IUploadLock> LookAsync(long userKey, string uploadId, CancellationToken cancellationToken) =>
        await HoldAsync(await _local.LookAsync(userKey, uploadId, cancellationToken).ConfigureAwait(false), userKey, uploadId, looks: true, cancellationToken).ConfigureAwait(false);

    public async Task HandOverAsync(UploadWanted wanted, CancellationToken cancellationToken)
    {
        var (user, upload) = (wanted.UserKey, wanted.UploadId);
        var held = wanted.Looks
            ? await _local.LookAsync(user, upload, cancellationToken).ConfigureAwait(false)
            : await _local.TakeAsync(user, upload, cancellationToken).ConfigureAwait(false);
        await using (held.ConfigureAwait(false)) await _holders.MoveAsync(user, upload, _own.Key, wanted.Node).ConfigureAwait(false);
    }

    private async Task<IUploadLock> HoldAsync(IUploadLock held, long userKey, string uploadId, bool looks, CancellationToken cancellationToken)
    {
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, held.Lost);
            patience.CancelAfter(looks ? LookPatience : TakePatience);
            try { await AcquireAsync(userKey, uploadId, looks, patience.Token).ConfigureAwait(false); }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw new Fault(FaultCode.Locked, "another request has the upload, or its node does not answer; try again", exception);
            }
            return new Held(held, _holders, userKey, uploadId, _own.Key);
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
            if (await _holders.FindAsync(userKey, uploadId, cancellationToken).ConfigureAwait(false) is not { } holder || holder.Node == _own.Key) return;
            if (!holder.IsAlive)
            {
                if (await _holders.MoveAsync(userKey, uploadId, holder.Node, _own.Key).ConfigureAwait(false)) return;
                continue;
            }
            try { await _bus.AskAsync(holder.Node, new UploadWanted(userKey, uploadId, _own.Key, looks), cancellationToken).ConfigureAwait(false); }
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
