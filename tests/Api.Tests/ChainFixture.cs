using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>What tests of chains share: a clock of the test's, chains, patience.</summary>
public abstract class ChainFixture(Engine engine) : EngineFixture(engine)
{
    protected override ManualTimeProvider Clock { get; } = new();

    protected static string Id() => Guid.CreateVersion7().ToString("N");

    protected async Task<TestDevice> DeviceAsync(string user, string type = "desktop", int window = 256)
    {
        var device = await Server.ConnectAsync(user, type, type);
        await device.ResumeAsync(window: window);
        return device;
    }

    protected async Task UntilAsync(Func<Task<bool>> holds, TimeSpan step)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (var i = 0; i < 500; i++)
        {
            if (await holds()) return;
            Clock.Advance(step);
            await pace.WaitForNextTickAsync();
        }
        Assert.Fail("it did not happen");
    }

    protected Task UntilAsync(Task happens, TimeSpan step) => UntilAsync(() => Task.FromResult(happens.IsCompleted), step);

    protected static object Chain(string id, object first, params (object To, double After)[] steps) => new
    {
        id,
        to = new Dictionary<string, object>(first.GetType().GetProperties().Select(p => KeyValuePair.Create(p.Name, p.GetValue(first)!)))
        {
            ["fallback"] = steps.Select(s => new { to = s.To, afterSeconds = s.After }),
        },
        type = "t",
    };
}
