using System.Globalization;
using Npgsql;
using RooCoord.Bench.Machine;

namespace RooCoord.Bench.Servers;

/// <summary>
/// A fresh database on the instance named by <c>ROOCOORD_TEST_POSTGRES</c>, whose processes are moved to the load's core while
/// it is used: the server has its own, as in the other variants.
/// </summary>
internal sealed class PostgresDatabase : IAsyncDisposable
{
    public const string Variable = "ROOCOORD_TEST_POSTGRES";

    private readonly string _instance;
    private readonly string _name;
    private readonly int _postmaster;
    private readonly string _allowed;

    private PostgresDatabase(string instance, string name, int postmaster)
    {
        (_instance, _name, _postmaster) = (instance, name, postmaster);
        _allowed = CpuPinning.Allowed(postmaster);
        ConnectionString = new NpgsqlConnectionStringBuilder(instance) { Database = name }.ConnectionString;
    }

    public string ConnectionString { get; }

    /// <summary>Of the postmaster and all its processes, alive and ended.</summary>
    public TimeSpan CpuTime => ProcFile.CpuTimeWithChildren(_postmaster);

    public static async Task<PostgresDatabase> CreateAsync(CancellationToken cancellation)
    {
        var instance = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set
            ? set
            : throw new RunFailedException($"--postgres needs {Variable}");
        var name = $"roocoord_bench_{Guid.CreateVersion7():N}";
        await using var connection = await OpenAsync(instance, cancellation);
        await using var backend = new NpgsqlCommand("SELECT pg_backend_pid()", connection);
        var postmaster = ProcFile.Parent(Convert.ToInt32(await backend.ExecuteScalarAsync(cancellation), CultureInfo.InvariantCulture));
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await create.ExecuteNonQueryAsync(cancellation);

        var database = new PostgresDatabase(instance, name, postmaster);
        try
        {
            await database.PinAsync(CpuPinning.LoadCore.ToString(CultureInfo.InvariantCulture), cancellation);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await PinAsync(_allowed, limit.Token);
        await using var connection = await OpenAsync(_instance, limit.Token);
        await using var drop = new NpgsqlCommand($"DROP DATABASE IF EXISTS {_name} WITH (FORCE)", connection);
        await drop.ExecuteNonQueryAsync(limit.Token);
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken cancellation)
    {
        // Without a pool: an idle connection left in one would count as a process of the database.
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        var connection = new NpgsqlConnection(builder.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellation);
            return connection;
        }
        catch (NpgsqlException failed)
        {
            await connection.DisposeAsync();
            throw new RunFailedException($"{Variable}: {failed.Message}", failed);
        }
    }

    // A backend forked later inherits the postmaster's cores.
    private async Task PinAsync(string cores, CancellationToken cancellation)
    {
        await CpuPinning.PinAsync(_postmaster, cores, cancellation);
        foreach (var child in ProcFile.Children(_postmaster))
        {
            try
            {
                await CpuPinning.PinAsync(child, cores, cancellation);
            }
            catch (RunFailedException)
            {
                // A worker that ended meanwhile.
            }
        }
    }
}
