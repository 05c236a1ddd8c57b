using System.Runtime.InteropServices;
using RooCoord.Application.Sessions;

namespace RooCoord.Api.Operations;

/// <summary>
/// SIGTERM, SIGINT and SIGQUIT stop the server. In place of the host's own lifetime, which would cut connections first:
/// with this one the host stops as a whole, and draining comes first.
/// </summary>
internal sealed class StopSignals(Drain drain, TimeProvider time) : IHostLifetime, IDisposable
{
    // A supervisor signals a whole group, and a parent hands the same signal on: that is one wish, not two.
    private static readonly TimeSpan SameWish = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _received = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _stopped = new();
    private readonly Lock _gate = new();
    private PosixSignalRegistration[] _registrations = [];
    private long? _takenAt;

    /// <summary>Takes the signals of the process from here on.</summary>
    public void Listen() => _registrations = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT }.Select(s => PosixSignalRegistration.Create(s, Take))];

    /// <summary>Ends when the server is to stop: a signal came, or the application stops by itself.</summary>
    public async Task WaitAsync(IHostApplicationLifetime application)
    {
        await using var stopping = application.ApplicationStopping.Register(() => _received.TrySetResult());
        await _received.Task.ConfigureAwait(false);
    }

    private void Take(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (_gate)
        {
            if (_takenAt is { } last && time.GetElapsedTime(last) <= SameWish) return;
            // Asked again: no more waiting. Asked once more, the system ends the process.
            context.Cancel = !drain.Hurried;
            if (_takenAt is not null) drain.Hurry();
            _takenAt = time.GetTimestamp();
        }
        _received.TrySetResult();
        // Windows ends the process when this returns.
        if (OperatingSystem.IsWindows() && context.Signal == PosixSignal.SIGTERM) _stopped.Wait();
    }

    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _stopped.Set();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _stopped.Dispose();
    }
}
