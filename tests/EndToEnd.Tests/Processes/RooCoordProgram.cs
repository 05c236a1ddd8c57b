using System.Globalization;

namespace RooCoord.EndToEnd.Tests.Processes;

/// <summary>The built program, which the build puts beside these tests.</summary>
internal static class RooCoordProgram
{
    private static readonly string Dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "RooCoord.Api.dll");

    /// <param name="arguments">Command and options.</param>
    /// <param name="clockAhead">How far the program's clock is ahead of this machine's; what it waits for takes as long as ever.</param>
    public static ChildProcess Start(IEnumerable<string> arguments, TimeSpan clockAhead = default) => clockAhead == TimeSpan.Zero
        ? new(Dotnet, [Assembly, .. arguments])
        : new("env", ["FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_FORCE_MONOTONIC_FIX=0", "faketime", "-f", string.Create(CultureInfo.InvariantCulture, $"{clockAhead.TotalSeconds:+0.###;-0.###}s"), Dotnet, Assembly, .. arguments]);

    public static Task<CommandResult> RunAsync(IEnumerable<string> arguments) => CommandResult.RunAsync(Dotnet, [Assembly, .. arguments]);
}
