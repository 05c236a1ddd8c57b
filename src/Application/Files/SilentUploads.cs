using Microsoft.Extensions.Hosting;

namespace RooCoord.Application.Files;

/// <summary>Lets go of what is remembered of uploads whose clients went away.</summary>
internal sealed class SilentUploads(UploadProgressTracker progress, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SilentFor = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false)) progress.Forget(SilentFor);
    }
}
