using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RooCoord.Application.Devices;
using RooCoord.Application.Files;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain.Users;

namespace RooCoord.Application.Accounts;

/// <summary>
/// Removes what users left who are erased: on any node, whoever finds them, in short transactions between those of others, going on
/// after a restart. Ends cleanly between two of them.
/// </summary>
internal sealed partial class AccountErasure(
    IErasureStore store, IDeviceStore devices, ConnectionEnding ending, FileAnnouncer announcer, TimeProvider time, ILogger<AccountErasure> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _wake = new(0);
    private readonly ConcurrentDictionary<long, TaskCompletionSource> _waiting = [];

    /// <summary>Goes to work now; ends when all of this user is removed.</summary>
    public Task StartNow(UserAccount user)
    {
        var done = _waiting.GetOrAdd(user.Key, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        _wake.Release();
        return done;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var user in await store.PendingAsync(stoppingToken).ConfigureAwait(false)) await EraseAsync(user, stoppingToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(logger, exception);
            }
            await WaitAsync(stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var timer = Task.Delay(Interval, time, limit.Token);
        var wake = _wake.WaitAsync(limit.Token);
        await Task.WhenAny(timer, wake).ConfigureAwait(false);
        await limit.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task EraseAsync(UserAccount user, CancellationToken cancellationToken)
    {
        await ending.EndAllAsync(user.Key, SessionEndReasons.Revoked).ConfigureAwait(false);
        foreach (var device in await devices.ListAsync(user.Key, cancellationToken).ConfigureAwait(false))
            await devices.RevokeAsync(user.Key, device.Id, time.GetUtcNow()).ConfigureAwait(false);
        for (var done = false; !done;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var step = await store.RemoveSomeAsync(user, time.GetUtcNow()).ConfigureAwait(false);
            foreach (var file in step.Files) announcer.Tell([.. file.Viewers.Where(v => v != user.Key)], file.FileId, FileChanges.Deleted);
            done = step.IsDone;
        }
        LogErased(logger, user.Key);
        if (_waiting.TryRemove(user.Key, out var waiting)) waiting.TrySetResult();
    }

    public override void Dispose()
    {
        base.Dispose();
        _wake.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "All data of user {UserKey} was removed")]
    private static partial void LogErased(ILogger logger, long userKey);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Data of a user could not be removed; tried again soon")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
