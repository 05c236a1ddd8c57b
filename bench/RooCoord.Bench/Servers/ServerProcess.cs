using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RooCoord.Bench.Machine;

namespace RooCoord.Bench.Servers;

/// <summary>A server as a process of its own, on its own core.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int KeptLines = 40;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ListeningInterval = TimeSpan.FromMilliseconds(5);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lastLines = new();

    private ServerProcess(ProcessStartInfo start, int port)
    {
        Port = port;
        _process = Process.Start(start) ?? throw new RunFailedException("taskset (util-linux) is needed");
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        // However this process ends, short of a SIGKILL, it leaves no server behind.
        AppDomain.CurrentDomain.ProcessExit += Kill;
    }

    public int Port { get; }

    /// <summary>taskset replaces itself by the server, so this is the server's.</summary>
    public int Id => _process.Id;

    /// <summary>Starts <paramref name="assembly"/> on a free port and waits until it says that it is ready.</summary>
    public static async Task<ServerProcess> StartAsync(
        string assembly, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, CancellationToken cancellation)
    {
        var server = Start(assembly, arguments, environment, FreePort());
        try
        {
            await server.WaitUntilReadyAsync(cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts <paramref name="assembly"/> on <paramref name="port"/> and waits for nothing.</summary>
    public static ServerProcess Start(string assembly, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, int port)
    {
        string[] command =
        [
            "-c", CpuPinning.ServerCore.ToString(CultureInfo.InvariantCulture),
            DotNetHost.Path, assembly, "--urls", $"http://127.0.0.1:{port}", .. arguments,
        ];
        return new(DotNetHost.StartInfo("taskset", command, assembly, environment), port);
    }

    /// <summary>Starts another kind of server in the folder of <paramref name="file"/> and waits until its port takes connections.</summary>
    public static async Task<ServerProcess> StartCommandAsync(Func<int, string[]> command, string file, CancellationToken cancellation)
    {
        var port = FreePort();
        string[] arguments = ["-c", CpuPinning.ServerCore.ToString(CultureInfo.InvariantCulture), .. command(port)];
        var server = new ServerProcess(DotNetHost.StartInfo("taskset", arguments, file, new Dictionary<string, string>()), port);
        try
        {
            await server.WaitUntilListeningAsync(cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until its port takes connections.</summary>
    public async Task WaitUntilListeningAsync(CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < StartLimit)
        {
            if (_process.HasExited) throw new RunFailedException($"the server ended with {_process.ExitCode}:\n{LastLines}");
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, Port, cancellation);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(ListeningInterval, cancellation);
            }
        }

        throw new RunFailedException($"the server did not listen within {StartLimit.TotalSeconds} s:\n{LastLines}");
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= Kill;
        Kill(null, EventArgs.Empty);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(StartLimit);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
        try
        {
            while (true)
            {
                if (_process.HasExited) throw new RunFailedException($"the server ended with {_process.ExitCode}:\n{LastLines}");
                try
                {
                    using var answer = await http.GetAsync("/health/ready", limit.Token);
                    if (answer.StatusCode == HttpStatusCode.OK) return;
                }
                catch (HttpRequestException)
                {
                    // Not listening yet.
                }

                await Task.Delay(PollInterval, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new RunFailedException($"the server was not ready within {StartLimit.TotalSeconds} s:\n{LastLines}");
        }
    }

    private string LastLines => string.Join('\n', _lastLines);

    private void Keep(string? line)
    {
        if (line is null) return;
        _lastLines.Enqueue(line);
        if (_lastLines.Count > KeptLines) _lastLines.TryDequeue(out _);
    }

    private void Kill(object? sender, EventArgs e)
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
    }
}
