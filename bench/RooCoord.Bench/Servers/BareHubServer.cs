using RooCoord.Bench.Load;
using RooCoord.Bench.Machine;

namespace RooCoord.Bench.Servers;

/// <summary>The floor: <c>RooCoord.Bench.BareHub</c>.</summary>
internal sealed class BareHubServer : ISingleServer
{
    private readonly ServerProcess _process;

    private BareHubServer(ServerProcess process) => _process = process;

    public Variant Variant => Variant.Bare;

    public int ProcessId => _process.Id;

    public TimeSpan CpuTime => ProcFile.CpuTime(ProcessId);

    public TimeSpan DatabaseCpuTime => TimeSpan.Zero;

    public static async Task<BareHubServer> StartAsync(CancellationToken cancellation)
    {
        var assembly = DotNetHost.Assembly("bench/RooCoord.Bench.BareHub", "RooCoord.Bench.BareHub");
        return new(await ServerProcess.StartAsync(assembly, [], new Dictionary<string, string>(), cancellation));
    }

    /// <summary>Any name will do. They are as long as RooCoord's ids, so that frames are of comparable size.</summary>
    public Task<IReadOnlyList<DeviceCredential>> RegisterAsync(int count, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<DeviceCredential>>(
            [.. Enumerable.Range(0, count).Select(_ => $"{Guid.CreateVersion7():N}").Select(id => new DeviceCredential(_process.Port, id, $"/hub?user={id}", null))]);

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
