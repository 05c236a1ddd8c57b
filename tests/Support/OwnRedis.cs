using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace RooCoord.Testing;

/// <summary>A Redis of the test's own, to be stopped, started again on the same port, frozen and thawed.</summary>
public sealed class OwnRedis : IDisposable
{
    private readonly int _port = FreePort();
    private Process? _process;

    /// <summary><c>host:port</c>.</summary>
    public string Endpoint => $"127.0.0.1:{_port}";

    /// <summary>Starts it, or starts it again: empty, on the same port.</summary>
    public async Task<OwnRedis> StartAsync()
    {
        var start = new ProcessStartInfo("redis-server", ["--port", _port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        try { _process = Process.Start(start)!; }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new InvalidOperationException("redis-server is not on the PATH: run the tests with `dotnet run build.cs test`, which installs it.", exception);
        }
        var ready = new TaskCompletionSource();
        _process!.OutputDataReceived += (_, said) =>
        {
            if (said.Data is null) ready.TrySetException(new InvalidOperationException("redis-server ended"));
            else if (said.Data.Contains("Ready to accept connections", StringComparison.Ordinal)) ready.TrySetResult();
        };
        _process.BeginOutputReadLine();
        await ready.Task.WaitAsync(TestDevice.Patience);
        return this;
    }

    /// <summary>SIGKILL.</summary>
    public void Stop()
    {
        if (_process is null) return;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    /// <summary>SIGSTOP.</summary>
    public void Freeze() => Signal("-STOP");

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Signal("-CONT");

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose() => Stop();
}
