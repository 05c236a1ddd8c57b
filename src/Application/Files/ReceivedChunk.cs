using System.Buffers;
using System.Runtime.ExceptionServices;
using RooCoord.Application.Sessions;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>What receiving needs.</summary>
internal sealed record ReceivingServices(
    IUploadStore Uploads, IBlobStore Blobs, UploadThreads Threads, UploadHashes Hashes, UploadProgressTracker Progress, Drain Drain, FileOptions Options, Limits Limits, TimeProvider Time);

/// <summary>One request's bytes on their way to the disk.</summary>
internal sealed class ReceivedChunk(ReceivingServices services, AppendChunk request, Upload upload, IUploadLock held) : IAsyncDisposable
{
    private const int BufferBytes = 256 * 1024;
    // The shared pool keeps fewer of this size than a hundred uploads use at once.
    private static readonly ArrayPool<byte> Buffers = ArrayPool<byte>.Create(BufferBytes, maxArraysPerBucket: 128);
    // While a long request is under way, what it brought is committed in between: after so many bytes, or so much time.
    private const long CommitBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan CommitInterval = TimeSpan.FromMilliseconds(250);

    private readonly IBlobWriter _blob = services.Blobs.OpenWrite(upload.BlobId, upload.Received);
    private readonly ChunkChecksum.Running? _checksum = request.Checksum?.Start();
    private UploadHashes.Running? _hash = services.Hashes.Take(upload.Id, upload.Received);
    private long _committedAt = services.Time.GetTimestamp();
    // Up to here bytes may be committed, also where the answer to that was lost.
    private long _handedOver = upload.Received;

    /// <summary>As it is committed.</summary>
    public Upload Upload { get; private set; } = upload;
    /// <summary>Whether the bytes received are all there are; the last of them are synced then, and committed with what the upload becomes.</summary>
    public bool IsWhole => Upload.Length == _blob.Position;

    public async Task ReceiveAsync()
    {
        try
        {
            await CopyAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (_checksum is null && exception is not Fault { Code: FaultCode.TooLarge })
        {
            try
            {
                await CommitAsync().ConfigureAwait(false);
            }
            catch (Exception) when (exception is Fault { Code: FaultCode.StorageFull })
            {
                // There was no room for that either: it stands where it stood.
            }
            if (exception is OperationCanceledException || held.Lost.IsCancellationRequested) throw Ended(exception);
            throw;
        }
        catch (OperationCanceledException exception)
        {
            throw Ended(exception);
        }
        if (_checksum is { Matches: false })
        {
            await CutBackAsync(Upload.Received).ConfigureAwait(false);
            _hash?.Dispose();
            _hash = null;
            throw new Fault(FaultCode.ChecksumMismatch, "the bytes received do not match `Upload-Checksum`");
        }
        if (IsWhole) await SyncAsync().ConfigureAwait(false);
        else await CommitAsync().ConfigureAwait(false);
        // Of a whole one they are committed with what it becomes.
        _handedOver = _blob.Position;
    }

    private Fault Ended(Exception exception) => held.Lost.IsCancellationRequested
        ? new(FaultCode.Locked, "a newer request took the upload over", exception)
        : new(FaultCode.Unavailable, "the server is stopping; go on where `Upload-Offset` says", exception);

    private async Task CopyAsync()
    {
        using var idle = new CancellationTokenSource(TimeSpan.FromSeconds(services.Options.IdleSeconds), services.Time);
        // Not the end of the connection: what came before it is still to be read, and then the read itself fails.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(held.Lost, services.Drain.Ended, idle.Token);
        var buffer = Buffers.Rent(BufferBytes);
        try
        {
            while (true)
            {
                var filled = await FillAsync(buffer, ended.Token, idle).ConfigureAwait(false);
                if (filled.Count > 0) await StoreAsync(services.Threads.Writing.RunAsync(() => Write(buffer.AsSpan(0, filled.Count)))).ConfigureAwait(false);
                if (filled.Error is { } error) ExceptionDispatchInfo.Throw(error);
                if (filled.Count == 0) return;
                if (_checksum is null && !IsWhole && IsCommitDue()) await CommitAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException exception) when (idle.IsCancellationRequested)
        {
            throw new Fault(FaultCode.Timeout, "nothing was received for too long", exception);
        }
        finally
        {
            Buffers.Return(buffer);
        }
    }

    // Fills the buffer as far as it goes without waiting long: a write of a few bytes each would cost more than the bytes.
    private async Task<(int Count, Exception? Error)> FillAsync(byte[] buffer, CancellationToken cancellationToken, CancellationTokenSource idle)
    {
        var count = 0;
        var room = (int)Math.Min(BufferBytes, (Upload.Length ?? long.MaxValue) - _blob.Position);
        try
        {
            if (room == 0)
            {
                await RequireEndAsync(request.Body, cancellationToken).ConfigureAwait(false);
                return default;
            }
            while (count < room && (_checksum is not null || count == 0 || !IsCommitDue()))
            {
                var read = await request.Body.ReadAsync(buffer.AsMemory(count, room - count), cancellationToken).ConfigureAwait(false);
                if (read == 0) break;
                count += read;
                held.Touch();
                idle.CancelAfter(TimeSpan.FromSeconds(services.Options.IdleSeconds));
            }
            return (count, null);
        }
        catch (Exception exception) when (exception is IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (count, new Fault(FaultCode.Invalid, "the body ended before its end", exception));
        }
        catch (Exception exception)
        {
            return (count, exception);
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        Upload.RequireRoom(_blob.Position - Upload.Received + bytes.Length, services.Limits.FileBytes);
        _blob.Write(bytes);
        _checksum?.Add(bytes);
        _hash?.Add(bytes);
    }

    private bool IsCommitDue() =>
        _blob.Position - Upload.Received >= CommitBytes || services.Time.GetElapsedTime(_committedAt) >= CommitInterval;

    private async Task CommitAsync()
    {
        _committedAt = services.Time.GetTimestamp();
        if (_blob.Position == Upload.Received) return;
        await SyncAsync().ConfigureAwait(false);
        var position = _handedOver = _blob.Position;
        var expiresAt = services.Time.GetUtcNow() + services.Options.UploadsExpireAfter;
        await StoreAsync(services.Uploads.AdvanceAsync(Upload, position, expiresAt, services.Limits.UserBytes)).ConfigureAwait(false);
        var more = position - Upload.Received;
        Upload = Upload with { Received = position, ExpiresAt = expiresAt };
        services.Progress.Committed(request.Caller.UserKey, Upload, more);
    }

    private Task SyncAsync() => StoreAsync(services.Threads.Syncing.RunAsync(_blob.Sync));

    // Nothing is received meanwhile, and that is no silence.
    private async Task StoreAsync(Task storing)
    {
        held.IsBusy = true;
        try
        {
            await storing.ConfigureAwait(false);
        }
        finally
        {
            held.IsBusy = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var blob = _blob;
        using var checksum = _checksum;
        if (_hash is not null) services.Hashes.Keep(Upload.Id, _hash);
        // What never will be committed is nobody's, and counted to nobody.
        if (_blob.Position > _handedOver) await CutBackAsync(_handedOver).ConfigureAwait(false);
    }

    private async Task CutBackAsync(long length)
    {
        if (await held.IsOursAsync().ConfigureAwait(false)) _blob.Truncate(length);
    }

    private static async Task RequireEndAsync(Stream body, CancellationToken cancellationToken)
    {
        if (await body.ReadAsync(new byte[1], cancellationToken).ConfigureAwait(false) > 0) throw Fault.TooLarge("the body is longer than the upload");
    }
}
