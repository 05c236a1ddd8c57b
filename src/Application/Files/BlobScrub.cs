using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RooCoord.Domain;

namespace RooCoord.Application.Files;

/// <summary>
/// Reads all versions again, slowly, and notes those whose bytes are not what they were. Where it has come to is kept. One node at a
/// time does it; all of them count what was found.
/// </summary>
internal sealed partial class BlobScrub(
    IScrubRecords records, IBlobStore blobs, ILeases leases, FileMeter meter, FileOptions options, TimeProvider time, ILogger<BlobScrub> logger) : BackgroundService
{
    private const string Lease = "scrub";
    private const int BufferBytes = 256 * 1024;
    // What opening a file costs, in bytes of the rate: many small ones are not read faster than the disk likes.
    private const long BytesAFile = 64 * 1024;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(10);

    private ScrubPace _pace = new(time, 0);
    private long _savedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                meter.SetDamaged(await records.CountDamagedAsync(stoppingToken).ConfigureAwait(false));
                if (options.ScrubMegabytesPerSecond > 0 && await leases.TryHoldAsync(Lease, LeaseDuration).ConfigureAwait(false) is not null)
                    await RunAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(logger, exception);
            }
        }
    }

    /// <summary>Goes on with the round, to its end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var position = await records.FindPositionAsync(cancellationToken).ConfigureAwait(false) ?? new(0, 0, DateTimeOffset.MinValue);
        if (position.IsOver)
        {
            if (position.BeganAt != DateTimeOffset.MinValue && now - position.BeganAt < options.ScrubInterval) return;
            position = new(0, 0, now);
        }
        _pace = new(time, options.ScrubMegabytesPerSecond * 1_000_000L);
        _savedAt = time.GetTimestamp();
        while (await records.NextAsync(position, cancellationToken).ConfigureAwait(false) is { } version)
        {
            await LookAsync(version, cancellationToken).ConfigureAwait(false);
            position = position with { FileKey = version.FileKey, Version = version.Version };
            if (time.GetElapsedTime(_savedAt) < SaveInterval) continue;
            await records.SavePositionAsync(position).ConfigureAwait(false);
            _savedAt = time.GetTimestamp();
            if (await leases.TryHoldAsync(Lease, LeaseDuration).ConfigureAwait(false) is null) return;
        }
        await records.SavePositionAsync(new(0, 0, position.BeganAt)).ConfigureAwait(false);
    }

    private async Task LookAsync(ScrubbedVersion version, CancellationToken cancellationToken)
    {
        if (await DamageAsync(version, cancellationToken).ConfigureAwait(false) is not { } damage)
        {
            if (!version.IsMarked) return;
            await records.MarkWholeAsync(version).ConfigureAwait(false);
            meter.SetDamaged(await records.CountDamagedAsync(cancellationToken).ConfigureAwait(false));
            return;
        }
        // A folder that is away says nothing of what is in it.
        blobs.RequireFolder();
        if (!await records.MarkDamagedAsync(version, damage).ConfigureAwait(false)) return;
        LogDamaged(logger, version.FileId, version.Version, damage);
        meter.SetDamaged(await records.CountDamagedAsync(cancellationToken).ConfigureAwait(false));
    }

    private async Task<string?> DamageAsync(ScrubbedVersion version, CancellationToken cancellationToken)
    {
        try
        {
            return await HashAsync(version, cancellationToken).ConfigureAwait(false) == version.Sha256 ? null : "its bytes are not those that were stored";
        }
        catch (Fault fault) when (fault.Code == FaultCode.NotFound)
        {
            return "a blob is missing";
        }
        catch (EndOfStreamException)
        {
            return "a blob is shorter than it was";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "a blob cannot be read";
        }
    }

    private async Task<string> HashAsync(ScrubbedVersion version, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            foreach (var part in version.Parts)
            {
                using var blob = blobs.OpenRead(part.BlobId);
                await _pace.SpendAsync(BytesAFile, cancellationToken).ConfigureAwait(false);
                for (long at = 0; at < part.Size;)
                {
                    var read = blob.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, part.Size - at)), at);
                    if (read == 0) throw new EndOfStreamException();
                    hash.AppendData(buffer, 0, read);
                    at += read;
                    meter.Scrubbed(read);
                    await _pace.SpendAsync(read, cancellationToken).ConfigureAwait(false);
                    await KeepLeaseAsync().ConfigureAwait(false);
                }
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Of a file that takes longer than the lease.
    private async Task KeepLeaseAsync()
    {
        if (time.GetElapsedTime(_savedAt) < LeaseDuration / 3) return;
        _savedAt = time.GetTimestamp();
        await leases.TryHoldAsync(Lease, LeaseDuration).ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Scrubbing stopped; it goes on in the next round")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Version {Version} of the file {File} is damaged: {Damage}")]
    private static partial void LogDamaged(ILogger logger, string file, long version, string damage);
}

/// <summary>Holds reading to a rate.</summary>
internal sealed class ScrubPace(TimeProvider time, long bytesPerSecond)
{
    private static readonly TimeSpan WorthWaiting = TimeSpan.FromMilliseconds(50);

    private readonly long _start = time.GetTimestamp();
    private long _spent;

    /// <summary>Waits until so many bytes more are within the rate.</summary>
    public async ValueTask SpendAsync(long bytes, CancellationToken cancellationToken)
    {
        _spent += bytes;
        var ahead = TimeSpan.FromSeconds((double)_spent / bytesPerSecond) - time.GetElapsedTime(_start);
        if (ahead > WorthWaiting) await Task.Delay(ahead, time, cancellationToken).ConfigureAwait(false);
    }
}
