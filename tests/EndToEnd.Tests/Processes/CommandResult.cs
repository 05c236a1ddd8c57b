namespace RooCoord.EndToEnd.Tests.Processes;

/// <summary>How a command ended.</summary>
internal sealed record CommandResult(int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Errors)
{
    private static readonly TimeSpan CleanUpPatience = TimeSpan.FromSeconds(20);

    /// <summary>Runs any program to its end.</summary>
    public static Task<CommandResult> RunAsync(string file, IEnumerable<string> arguments, string? folder = null) =>
        RunAsync(file, arguments, folder, Deadline.Token);

    /// <summary>Cleans up: also after a test that ran out of time.</summary>
    public static async Task<CommandResult> CleanUpAsync(string file, IEnumerable<string> arguments)
    {
        using var limit = new CancellationTokenSource(CleanUpPatience);
        return await RunAsync(file, arguments, null, limit.Token);
    }

    private static async Task<CommandResult> RunAsync(string file, IEnumerable<string> arguments, string? folder, CancellationToken cancellationToken)
    {
        await using var process = new ChildProcess(file, arguments, folder);
        var code = await process.ExitAsync(cancellationToken);
        return new(code, process.Output, process.Errors);
    }

    /// <summary>Everything written, for people.</summary>
    public string Transcript => string.Join('\n', [.. Output, .. Errors]);

    /// <summary>Fails the test unless the command ended well.</summary>
    public CommandResult Require(string step)
    {
        Assert.That(ExitCode, Is.Zero, () => $"{step}: {Transcript}");
        return this;
    }
}
