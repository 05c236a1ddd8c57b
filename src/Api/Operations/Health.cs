using RooCoord.Application.Sessions;
using RooCoord.Domain;
using RooCoord.Infrastructure;

namespace RooCoord.Api.Operations;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: it can serve; names the dependency that fails and nothing more.</summary>
internal static partial class Health
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/health/live", () => new { status = "ok" }).AllowAnonymous().ExcludeFromDescription();
        endpoints.MapGet("/health/ready", ReadyAsync).AllowAnonymous().ExcludeFromDescription();
    }

    private static async Task<IResult> ReadyAsync(Drain drain, IEnumerable<IReadinessProbe> probes, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (drain.Begun) return Results.Json(new { status = "draining" }, statusCode: 503);
        var checks = await Task.WhenAll(probes.Select(async probe =>
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(Patience);
            try
            {
                await probe.CheckAsync(timeout.Token);
                return new Check(probe.Name, "ok");
            }
            // Said to operators when it was found; here it is asked for every few seconds.
            catch (Fault) when (!probe.IsFatal)
            {
                return new Check(probe.Name, "degraded");
            }
            catch (Exception exception)
            {
                LogNotReady(loggers.CreateLogger(typeof(Health)), exception, probe.Name);
                return new Check(probe.Name, "failing");
            }
        }));
        var ready = checks.All(c => c.Status != "failing");
        var status = !ready ? "failing" : checks.All(c => c.Status == "ok") ? "ok" : "degraded";
        return Results.Json(new { status, checks }, statusCode: ready ? 200 : 503);
    }

    private sealed record Check(string Name, string Status);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not ready: {Dependency}")]
    private static partial void LogNotReady(ILogger logger, Exception exception, string dependency);
}
