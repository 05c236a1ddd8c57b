using System.Data.Common;
using Npgsql;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Sql;

/// <summary>PostgreSQL with its default <c>synchronous_commit=on</c>.</summary>
internal sealed class PostgresDatabase : Database
{
    // Any number that no other program in the same database is likely to use.
    private const long MigrationLock = 0x526F6F436F6F7264;

    /// <summary>What a node that is frozen or has lost its network still holds is free again before the node is declared dead.</summary>
    public const string Abandoned =
        "SET idle_in_transaction_session_timeout = '5s'; SET tcp_keepalives_idle = 3; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3; SET tcp_user_timeout = '6s'";

    // Every statement of the writer finds its rows by a key. Plans are made once, perhaps when the tables are still empty and a scan
    // looks cheap, and are kept.
    private const string WriterSettings =
        "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; " + Abandoned;

    // A PostgreSQL that is just starting, or has no connection free for a moment, is asked again, not in step with the other nodes.
    // One that is away is not waited for by every request in turn: once nearly all have failed, the next are told at once.
    private readonly ResiliencePipeline _opening = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<NpgsqlException>(exception => exception.IsTransient),
            MaxRetryAttempts = 2,
            Delay = TimeSpan.FromMilliseconds(50),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<NpgsqlException>(exception => exception.IsTransient),
            FailureRatio = 0.9,
            MinimumThroughput = 20,
            SamplingDuration = TimeSpan.FromSeconds(2),
            BreakDuration = TimeSpan.FromMilliseconds(500),
        }).Build();

    private readonly NpgsqlDataSource _source;
    private NpgsqlConnection? _writer;

    public PostgresDatabase(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 100, AutoPrepareMinUsages = 2, WriteBufferSize = 128 * 1024, ReadBufferSize = 32 * 1024 };
        if (string.IsNullOrEmpty(settings.ApplicationName)) settings.ApplicationName = "RooCoord";
        _source = NpgsqlDataSource.Create(settings);
    }

    public override string ForUpdate => "FOR UPDATE";

    // As IN it would be a join, and one with some thousand keys is planned as a scan of all users' rows.
    public override string IsOneOf(string select) => $"= ANY(ARRAY({select}))";

    public override string Clock => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

    public override string Translate(string migration) => migration
        .Replace("{KEY}", "BIGINT NOT NULL PRIMARY KEY").Replace("{TEXT}", "TEXT COLLATE \"C\"").Replace("{WITHOUT_ROWID}", "");

    public override async ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _opening.ExecuteAsync(async (source, token) => await source.OpenConnectionAsync(token).ConfigureAwait(false), _source, cancellationToken).ConfigureAwait(false);
        }
        catch (BrokenCircuitException exception)
        {
            throw new Fault(FaultCode.Unavailable, "the database is away", exception);
        }
    }

    public override ISqlTransaction Begin()
    {
        if (_writer is not { State: System.Data.ConnectionState.Open })
        {
            _writer?.Dispose();
            _writer = null;
            var writer = _source.OpenConnection();
            using (var command = new NpgsqlCommand(WriterSettings, writer)) command.ExecuteNonQuery();
            _writer = writer;
        }
        return new PostgresTransaction(_writer, _writer.BeginTransaction());
    }

    public override async Task MigrateAsync(Func<DbConnection, Task> migrate, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (var command = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", connection, transaction))
        {
            command.Parameters.AddWithValue(MigrationLock);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        await migrate(connection).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    public override FaultCode Classify(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.DiskFull } ? FaultCode.StorageFull : FaultCode.Unavailable;

    // Another node may have inserted the same id, or locked the same rows the other way round.
    public override bool IsTransient(Exception exception) => exception is PostgresException
    {
        SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure
    };

    // Classes 22 (data), 23 (constraints), 42 (syntax, access): https://www.postgresql.org/docs/current/errcodes-appendix.html
    public override bool BlamesStatement(Exception exception) =>
        exception is PostgresException { SqlState: ['2', '2' or '3', ..] or ['4', '2', ..] };

    public override async ValueTask DisposeAsync()
    {
        if (_writer is not null) await _writer.DisposeAsync().ConfigureAwait(false);
        await _source.DisposeAsync().ConfigureAwait(false);
    }
}
