using System.Globalization;
using System.Net.Sockets;
using System.Text;
using RooCoord.Bench.Machine;

namespace RooCoord.Bench.Servers;

/// <summary>
/// The Redis of this machine named by <c>ROOCOORD_TEST_REDIS</c> (<c>host:port</c>), moved to the load's core while it is used, as
/// the database is.
/// </summary>
internal sealed class RedisInstance : IAsyncDisposable
{
    public const string Variable = "ROOCOORD_TEST_REDIS";

    private const string ProcessLine = "process_id:";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly int _processId;
    private readonly string _allowed;

    private RedisInstance(string endpoint, int processId) =>
        (Endpoint, _processId, _allowed) = (endpoint, processId, CpuPinning.Allowed(processId));

    /// <summary><c>host:port</c>.</summary>
    public string Endpoint { get; }

    public TimeSpan CpuTime => ProcFile.CpuTime(_processId);

    public static async Task<RedisInstance> UseAsync(CancellationToken cancellation)
    {
        var endpoint = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set ? set : throw new RunFailedException($"cluster needs {Variable}");
        var redis = new RedisInstance(endpoint, await ProcessIdAsync(endpoint, cancellation));
        await CpuPinning.PinAsync(redis._processId, CpuPinning.LoadCore.ToString(CultureInfo.InvariantCulture), cancellation);
        return redis;
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        await CpuPinning.PinAsync(_processId, _allowed, limit.Token);
    }

    // By the inline form of a command, so that no client is needed.
    private static async Task<int> ProcessIdAsync(string endpoint, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        try
        {
            if (endpoint.Split(':') is not [var host, var port]) throw new FormatException("host:port is wanted");
            using var client = new TcpClient();
            await client.ConnectAsync(host, int.Parse(port, CultureInfo.InvariantCulture), limit.Token);
            await using var stream = client.GetStream();
            await stream.WriteAsync("INFO server\r\n"u8.ToArray(), limit.Token);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            while (await reader.ReadLineAsync(limit.Token) is { } line)
            {
                if (line.StartsWith(ProcessLine, StringComparison.Ordinal)) return int.Parse(line[ProcessLine.Length..], CultureInfo.InvariantCulture);
            }

            throw new RunFailedException($"{Variable}: it does not tell its process");
        }
        catch (Exception failed) when (failed is SocketException or IOException or FormatException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new RunFailedException($"{Variable}={endpoint}: {failed.Message}", failed);
        }
    }
}
