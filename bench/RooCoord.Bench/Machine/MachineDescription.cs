using System.Runtime.InteropServices;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Machine;

/// <summary>What a number was measured on.</summary>
internal static class MachineDescription
{
    public static string Line =>
        $"{Processor}, one core for the server, another for the load, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, data on {DataFolder.FileSystem}";

    public static string Processor { get; } =
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
}
