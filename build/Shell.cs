using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

/// <summary>Ends the command with a plain message. Exit code 2: the call was wrong or the machine lacks something.</summary>
sealed class BuildFailure(string message, int exitCode = 1) : Exception(message)
{
    public int ExitCode => exitCode;
}

/// <summary>Turns signals into a cancellation, so that everything started is stopped on the ordinary way out.</summary>
static class Interrupt
{
    static readonly CancellationTokenSource Source = new();
    static readonly List<PosixSignalRegistration> Registrations = []; // a collected registration no longer listens

    public static CancellationToken Token => Source.Token;
    public static int ExitCode { get; private set; }

    public static void Listen()
    {
        foreach (var (signal, number) in new[] { (PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGTERM, 15) })
        {
            Registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                ExitCode = 128 + number;
                Source.Cancel();
            }));
        }
    }
}

static class Shell
{
    /// <summary>What a server or a benchmark gets to end by itself before it is killed.</summary>
    public static readonly TimeSpan Drain = TimeSpan.FromSeconds(15);

    // Build servers outlive the command, and hold whatever pipe its output went to.
    static readonly Dictionary<string, string> NoBuildServers = new()
    {
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
        ["UseSharedCompilation"] = "false",
        ["DOTNET_NOLOGO"] = "1",
    };

    public static string Root { get; } = AppContext.GetData("EntryPointFileDirectoryPath") as string ?? Directory.GetCurrentDirectory();

    public static string Dotnet { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>Runs on this console. An interrupt sends SIGTERM, then after <paramref name="grace"/> kills the whole tree.</summary>
    public static async Task<int> Run(string file, string[] arguments, Dictionary<string, string>? environment = null,
        string? folder = null, bool quiet = false, TimeSpan grace = default)
    {
        Interrupt.Token.ThrowIfCancellationRequested();
        if (!quiet)
            Console.WriteLine($"> {Path.GetFileName(file)} {string.Join(' ', arguments)}");
        using var process = Start(Describe(file, arguments, environment, folder));
        try
        {
            await process.WaitForExitAsync(Interrupt.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await End(process, grace);
            throw;
        }
    }

    public static async Task Require(string file, string[] arguments, Dictionary<string, string>? environment = null, string? folder = null)
    {
        var code = await Run(file, arguments, environment, folder);
        if (code != 0)
            throw new BuildFailure($"{Path.GetFileName(file)} {arguments.FirstOrDefault()} failed with exit code {code}.");
    }

    /// <summary>Runs a short step to its end, whatever happens: half a start or half a stop would leave something behind.</summary>
    public static async Task<(int Code, string Output)> Capture(string file, string[] arguments,
        Dictionary<string, string>? environment = null, string? folder = null)
    {
        var start = Describe(file, arguments, environment, folder);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Start(start);
        var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(texts).Trim());
    }

    public static ProcessStartInfo Describe(string file, string[] arguments, Dictionary<string, string>? environment = null, string? folder = null)
    {
        var start = new ProcessStartInfo(file, arguments) { WorkingDirectory = folder ?? Root };
        foreach (var (name, value) in NoBuildServers.Concat(environment ?? []))
            start.Environment[name] = value;
        return start;
    }

    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception problem)
        {
            throw new BuildFailure($"{start.FileName} cannot be started: {problem.Message}", 2);
        }
    }

    public static string? Find(string program, params IEnumerable<string> moreFolders)
    {
        var name = OperatingSystem.IsWindows() ? program + ".exe" : program;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(moreFolders).Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    static async Task End(Process process, TimeSpan grace)
    {
        if (grace > TimeSpan.Zero && !OperatingSystem.IsWindows())
        {
            // Ctrl-C has reached it already; SIGTERM was sent to this process alone.
            _ = kill(process.Id, 15);
            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(grace));
        }
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
    }

    [DllImport("libc")]
    static extern int kill(int process, int signal);
}
