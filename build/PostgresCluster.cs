/// <summary>A cluster with PostgreSQL's own durability settings: what the tests measure and break is what operators run.</summary>
sealed class PostgresCluster(string bin) : IAsyncDisposable
{
    readonly TempFolder folder = new();
    readonly int port = Ports.Free();

    public string ConnectionString => $"Host=127.0.0.1;Port={port};Username=roocoord;Database=roocoord";

    // PostgreSQL refuses to run as root.
    static bool AsPostgres => Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows();

    public static async Task<PostgresCluster> Start(string bin)
    {
        var cluster = new PostgresCluster(bin);
        try
        {
            await cluster.Begin();
            Interrupt.Token.ThrowIfCancellationRequested();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    async Task Begin()
    {
        if (AsPostgres)
            Check("chown", await Shell.Capture("chown", ["postgres:", folder.Path]));
        var locale = OperatingSystem.IsLinux() ? "C.UTF-8" : "C";
        await Tool("initdb", "-D", folder["data"], "-U", "roocoord", "--auth=trust", "--encoding=UTF8", $"--locale={locale}", "--no-sync");
        await File.AppendAllTextAsync(Path.Combine(folder["data"], "postgresql.conf"), $"""

            listen_addresses = '127.0.0.1'
            port = {port}
            max_connections = 300

            """);
        if (!OperatingSystem.IsWindows())
            await File.AppendAllTextAsync(Path.Combine(folder["data"], "postgresql.conf"), $"unix_socket_directories = '{folder.Path}'\n");
        await Tool("pg_ctl", "-D", folder["data"], "-l", folder["log"], "-w", "-t", "60", "start");
        await Tool("createdb", "-h", "127.0.0.1", "-p", $"{port}", "-U", "roocoord", "roocoord");
    }

    public async ValueTask DisposeAsync()
    {
        // Immediate: the data goes next, so a last checkpoint is wasted.
        if (File.Exists(Path.Combine(folder["data"], "postmaster.pid")))
            await Execute("pg_ctl", "-D", folder["data"], "-m", "immediate", "-w", "-t", "20", "stop");
        folder.Dispose();
    }

    async Task Tool(string name, params string[] arguments) => Check(name, await Execute(name, arguments));

    Task<(int Code, string Output)> Execute(string name, params string[] arguments)
    {
        string[] command = [Path.Combine(bin, name), .. arguments];
        if (AsPostgres)
        {
            command = Shell.Find("runuser") is { } runuser
                ? [runuser, "-u", "postgres", "--", .. command]
                : ["su", "postgres", "-s", "/bin/sh", "-c", "exec \"$0\" \"$@\"", "--", .. command];
        }
        var environment = OperatingSystem.IsLinux() ? new Dictionary<string, string> { ["LC_ALL"] = "C.UTF-8" } : null;
        return Shell.Capture(command[0], command[1..], environment, folder.Path);
    }

    void Check(string step, (int Code, string Output) result)
    {
        if (result.Code == 0)
            return;
        var log = File.Exists(folder["log"]) ? File.ReadAllText(folder["log"]) : "";
        throw new BuildFailure($"The tests' PostgreSQL did not start: {step} ended with {result.Code}.\n{result.Output}\n{log}");
    }
}
