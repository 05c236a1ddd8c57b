namespace RooCoord.EndToEnd.Tests.Processes;

/// <summary>The built program, which the build puts beside these tests.</summary>
internal static class RooCoordProgram
{
    private static readonly string Dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "RooCoord.Api.dll");

    public static ChildProcess Start(IEnumerable<string> arguments) => new(Dotnet, [Assembly, .. arguments]);

    public static Task<CommandResult> RunAsync(IEnumerable<string> arguments) => CommandResult.RunAsync(Dotnet, [Assembly, .. arguments]);
}
