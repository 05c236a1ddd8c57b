using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

/// <summary>A Redis that keeps nothing.</summary>
sealed class RedisServer : IAsyncDisposable
{
    readonly TempFolder folder = new();
    readonly int port = Ports.Free();
    readonly Process process;

    RedisServer(string program)
    {
        var start = Shell.Describe(program, ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--dir", folder.Path, "--logfile", folder["log"]], folder: folder.Path);
        start.RedirectStandardOutput = start.RedirectStandardError = true; // should it outlive a killed build, it holds no console
        try
        {
            process = Shell.Start(start);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public string Endpoint => $"127.0.0.1:{port}";

    public static async Task<RedisServer> Start(string program)
    {
        var server = new RedisServer(program);
        try
        {
            await server.Answers();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    async Task Answers()
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < TimeSpan.FromSeconds(20) && !process.HasExited;)
        {
            Interrupt.Token.ThrowIfCancellationRequested();
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, Interrupt.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(20, Interrupt.Token);
            }
        }
        var log = File.Exists(folder["log"]) ? await File.ReadAllTextAsync(folder["log"]) : "";
        throw new BuildFailure($"The tests' Redis did not start.\n{log}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        folder.Dispose();
    }
}
