using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>A clamd of the test's own, on a socket in a folder of its own, that knows one signature: that of the EICAR test file.</summary>
internal sealed class ClamdProcess : IAsyncDisposable
{
    /// <summary>clamd's <c>StreamMaxLength</c>.</summary>
    public const int MaxBytes = 1024 * 1024;
    private const string Variable = "ROOCOORD_TEST_CLAMD";

    private readonly string _folder = Directory.CreateTempSubdirectory("roocoord-clamd-").FullName;
    private Process? _process;

    /// <summary>The 68 bytes of the EICAR test file, taken apart so that no scanner takes this program for it.</summary>
    public static byte[] Eicar => Encoding.ASCII.GetBytes(@"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*");

    /// <summary><c>RooCoord:Scan:Address</c>.</summary>
    public string Address => $"unix:{Socket}";

    private string Socket => Path.Combine(_folder, "clamd");

    public async Task StartAsync()
    {
        var database = Directory.CreateDirectory(Path.Combine(_folder, "database")).FullName;
        // Extended signature (ndb): name, any type, any place, the bytes in hex.
        await File.WriteAllTextAsync(Path.Combine(database, "own.ndb"), $"Eicar-Test:0:*:{Convert.ToHexStringLower(Eicar)}\n");
        var configuration = Path.Combine(_folder, "clamd.conf");
        // As whoever runs the tests: it reads no file but its own.
        await File.WriteAllTextAsync(configuration,
            $"DatabaseDirectory {database}\nLocalSocket {Socket}\nTemporaryDirectory {_folder}\nForeground yes\nUser {Environment.UserName}\nStreamMaxLength {MaxBytes}\nConcurrentDatabaseReload no\n");
        var start = new ProcessStartInfo(Program(), ["--config-file", configuration]) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        var errors = _process.StandardError.ReadToEndAsync();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < TestDevice.Patience && !_process.HasExited; await pace.WaitForNextTickAsync())
            if (await AnswersAsync()) return;
        throw new InvalidOperationException($"clamd does not answer: {(_process.HasExited ? await errors : "it runs")}");
    }

    private async Task<bool> AnswersAsync()
    {
        if (!File.Exists(Socket)) return false;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public async Task StopAsync()
    {
        if (_process is null) return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
        File.Delete(Socket);
    }

    private static string Program() => Environment.GetEnvironmentVariable(Variable)
        ?? (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin").Select(f => Path.Combine(f, "clamd")).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"{Variable} is not set and there is no clamd: run the tests with `dotnet run build.cs test`, which installs it where that is allowed.");

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
