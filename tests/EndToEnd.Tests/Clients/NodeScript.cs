using System.Text.Json;
using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Processes;

namespace RooCoord.EndToEnd.Tests.Clients;

/// <summary>A script of tests/e2e: takes one JSON argument, writes JSON lines, ends with 0 when all went well.</summary>
internal static class NodeScript
{
    /// <summary>tests/e2e, where the packages of the scripts are.</summary>
    public static string Folder { get; } = FindFolder();

    // Less than the test has, so that what the script wrote can still be shown.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    public static Task RunAsync<TLine>(string script, object argument, Action<TLine> onLine) => RunAsync(script, argument, onLine, Patience);

    public static async Task RunAsync<TLine>(string script, object argument, Action<TLine> onLine, TimeSpan patience)
    {
        await using var node = new ChildProcess("node", [script, JsonSerializer.Serialize(argument, Wire.Json)], Folder,
            line => onLine(JsonSerializer.Deserialize<TLine>(line, Wire.Json)!));
        try
        {
            var code = await node.ExitAsync().WaitAsync(patience);
            Assert.That(code, Is.Zero, () => $"{script} failed:\n{Tail(node.Errors)}");
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{script} did not end in time:\n{Tail(node.Output)}\n{Tail(node.Errors)}");
        }
    }

    public static async Task<List<TLine>> RunAsync<TLine>(string script, object argument)
    {
        var lines = new List<TLine>();
        await RunAsync<TLine>(script, argument, lines.Add);
        return lines;
    }

    private static string Tail(IReadOnlyList<string> lines) => string.Join('\n', lines.TakeLast(20));

    private static string FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "RooCoord.sln"))) return Path.Combine(folder.FullName, "tests", "e2e");
        }
        throw new InvalidOperationException("RooCoord.sln stands in no folder above the tests");
    }
}
