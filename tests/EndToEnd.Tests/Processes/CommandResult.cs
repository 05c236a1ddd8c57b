namespace RooCoord.EndToEnd.Tests.Processes;

/// <summary>How a command ended.</summary>
internal sealed record CommandResult(int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Errors)
{
    /// <summary>Runs any program to its end.</summary>
    public static async Task<CommandResult> RunAsync(string file, IEnumerable<string> arguments, string? folder = null)
    {
        await using var process = new ChildProcess(file, arguments, folder);
        var code = await process.ExitAsync();
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
