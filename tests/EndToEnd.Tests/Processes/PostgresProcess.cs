using System.Globalization;

namespace RooCoord.EndToEnd.Tests.Processes;

/// <summary>A PostgreSQL of one test's own, to be stopped and started under a server.</summary>
internal sealed class PostgresProcess : IAsyncDisposable
{
    private const string BinVariable = "ROOCOORD_TEST_POSTGRES_BIN";

    private readonly string _bin = Environment.GetEnvironmentVariable(BinVariable)
        ?? throw new InvalidOperationException($"{BinVariable} is not set: run the tests with `dotnet run build.cs test`.");
    private readonly string _folder = Directory.CreateTempSubdirectory("roocoord-postgres-").FullName;
    private readonly int _port = FreePort.Find();

    private string Data => Path.Combine(_folder, "data");
    // PostgreSQL refuses to run as root.
    private static bool AsPostgres => Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows();

    /// <summary><c>RooCoord:Database</c>.</summary>
    public string Setting => $"Host=127.0.0.1;Port={_port};Username=roocoord;Database=postgres";

    public static async Task<PostgresProcess> StartAsync()
    {
        var postgres = new PostgresProcess();
        try
        {
            if (AsPostgres) (await CommandResult.RunAsync("chown", ["postgres:", postgres._folder])).Require("chown");
            (await postgres.RunAsync("initdb", "-D", postgres.Data, "-U", "roocoord", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")).Require("initdb");
            await File.AppendAllTextAsync(Path.Combine(postgres.Data, "postgresql.conf"),
                $"\nlisten_addresses = '127.0.0.1'\nport = {postgres._port}\nunix_socket_directories = ''\n", Deadline.Token);
            await postgres.StartAgainAsync();
            return postgres;
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    public async Task StartAgainAsync()
    {
        CommandResult? result = null;
        try
        {
            // It refuses while a process that was killed is still about to end.
            await Poll.UntilAsync(async () => (result = await RunAsync("pg_ctl", "-D", Data, "-l", Path.Combine(_folder, "log"), "-w", "-t", "30", "start")).ExitCode == 0, "PostgreSQL starts");
        }
        catch (TimeoutException) when (result is not null)
        {
            result.Require("start of PostgreSQL");
        }
    }

    /// <summary>SIGKILL for every process of it.</summary>
    public async Task KillAsync()
    {
        var lockFile = Path.Combine(Data, "postmaster.pid");
        var id = int.Parse((await File.ReadAllLinesAsync(lockFile, Deadline.Token))[0], CultureInfo.InvariantCulture);
        using (var postmaster = System.Diagnostics.Process.GetProcessById(id)) postmaster.Kill(entireProcessTree: true);
        // The dead keep their numbers until the first process of the container takes note of them, which not every one does:
        // the next start would take the number in this file for alive. By the shared memory it still finds out whether one is.
        File.Delete(lockFile);
    }

    /// <summary>At once, as a crash would: its connections break, the next start recovers from the log.</summary>
    public async Task StopAsync() =>
        (await RunAsync("pg_ctl", "-D", Data, "-m", "immediate", "-w", "-t", "20", "stop")).Require("stop of PostgreSQL");

    private Task<CommandResult> RunAsync(string tool, params string[] arguments)
    {
        var (program, all) = Command(tool, arguments);
        return CommandResult.RunAsync(program, all, _folder);
    }

    // Unlike runuser and sudo, su is everywhere where root is.
    private (string Program, string[] Arguments) Command(string tool, string[] arguments)
    {
        var path = Path.Combine(_bin, tool);
        return AsPostgres ? ("su", ["postgres", "-s", "/bin/sh", "-c", "cd / && exec \"$0\" \"$@\"", "--", path, .. arguments]) : (path, arguments);
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(Data, "postmaster.pid")))
        {
            var (program, arguments) = Command("pg_ctl", ["-D", Data, "-m", "immediate", "-w", "-t", "10", "stop"]);
            (await CommandResult.CleanUpAsync(program, arguments)).Require("stop of PostgreSQL");
        }
        Directory.Delete(_folder, recursive: true);
    }
}
