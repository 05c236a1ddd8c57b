using System.Diagnostics;

namespace RooCoord.Bench.Servers;

/// <summary>How every server is run: the same runtime, with the same settings.</summary>
internal static class DotNetHost
{
    public static string Path { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";

    /// <summary>Where the solution stands.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The Release build of a project.</summary>
    public static string Assembly(string folder, string name)
    {
        var path = System.IO.Path.Combine(Repository, folder, "bin", "Release", "net10.0", name + ".dll");
        return File.Exists(path) ? path : throw new RunFailedException($"{path} is missing: build it first (dotnet build -c Release)");
    }

    public static ProcessStartInfo StartInfo(
        string file, IEnumerable<string> arguments, string assembly, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Where its appsettings.json stands.
            WorkingDirectory = System.IO.Path.GetDirectoryName(assembly),
        };
        start.Environment.Remove("DOTNET_TieredPGO");
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return start;
    }

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "RooCoord.sln"))) return folder.FullName;
        }

        throw new RunFailedException("RooCoord.sln stands in no folder above the benchmark");
    }
}
