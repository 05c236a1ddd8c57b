using System.Data.Common;
using System.Reflection;
using Dapper;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// Brings the database to the schema of this version: <c>Migrations/NNNN_name.sql</c>, each once, in order, while other
/// nodes wait. A migration only adds what older versions can ignore; what it makes superfluous a later version drops.
/// </summary>
internal sealed partial class Migrator(Database database, TimeProvider time, ILogger<Migrator> logger)
{
    private const string Prefix = "RooCoord.Infrastructure.Sql.Migrations.";

    // A node of the version before that is in the middle of a batch may have crossed its locks with ours.
    private readonly ResiliencePipeline _retry = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(database.IsTransient),
            MaxRetryAttempts = 10,
            Delay = TimeSpan.FromMilliseconds(50),
            UseJitter = true,
        }).Build();

    public Task MigrateAsync(CancellationToken cancellationToken) =>
        _retry.ExecuteAsync(async token => await RunAsync(token).ConfigureAwait(false), cancellationToken).AsTask();

    private Task RunAsync(CancellationToken cancellationToken) => database.MigrateAsync(async connection =>
    {
        await connection.ExecuteAsync("CREATE TABLE IF NOT EXISTS migration (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)").ConfigureAwait(false);
        var applied = (await connection.QueryAsync<long>("SELECT version FROM migration").ConfigureAwait(false)).ToHashSet();
        foreach (var (version, name, sql) in All())
        {
            if (!applied.Add(version)) continue;
            await ApplyAsync(connection, version, name, sql).ConfigureAwait(false);
        }
    }, cancellationToken);

    private async Task ApplyAsync(DbConnection connection, long version, string name, string sql)
    {
        await connection.ExecuteAsync(database.Translate(sql)).ConfigureAwait(false);
        await connection.ExecuteAsync(
            "INSERT INTO migration (version, name, applied_at) VALUES (@version, @name, @at)",
            new { version, name, at = time.GetUtcNow().ToUnixTimeMilliseconds() }).ConfigureAwait(false);
        LogApplied(logger, name);
    }

    private static IEnumerable<(long Version, string Name, string Sql)> All()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var name = resource[Prefix.Length..^".sql".Length];
            yield return (long.Parse(name[..4], System.Globalization.CultureInfo.InvariantCulture), name, reader.ReadToEnd());
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Applied migration {Name}")]
    private static partial void LogApplied(ILogger logger, string name);
}
