using System.Net.Http.Json;
using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests;

[CancelAfter(Deadline.TestMilliseconds)]
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
internal sealed class ServerCommandTests(Engine engine)
{
    [Test]
    public async Task Server_WhenItRuns_SaysWhereItIsAndWhatToDoNext()
    {
        await using var server = await ServerProcess.StartAsync(engine);

        await Poll.UntilAsync(() => Task.FromResult(server.Process.Output.Any(line => line.Contains("token --user", StringComparison.Ordinal))), "the server greets");

        Assert.That(server.Process.Output, Has.Some.Contains(server.Url.GetLeftPart(UriPartial.Authority)));
        Assert.That(server.Process.Output, Has.Some.Contains(server.Folder));
    }

    [Test]
    public async Task Server_OnADataFolderInUse_IsRefused()
    {
        await using var server = await ServerProcess.StartAsync(engine);

        await using var second = server.StartSecond();
        var code = await second.ExitAsync();

        Assert.That(code, Is.Not.Zero);
        Assert.That(second.Errors, Has.Some.Contains("Another RooCoord server").And.Some.Contains(server.Folder));
        Assert.That(second.Errors, Has.None.Contains("   at "), "no stack trace");
        Assert.That(await server.HealthAsync(), Is.EqualTo(System.Net.HttpStatusCode.OK), "the first one goes on");
    }

    [Test]
    public async Task Server_StartedAgainAfterAKill_KnowsItsDevicesAndTheirTokens()
    {
        await using var server = await ServerProcess.StartAsync(engine);
        var registered = await server.RegisterAsync("laptop");

        await server.KillAsync();
        await server.StartAgainAsync();

        using var answer = await server.GetAsync("/api/v1/devices", registered.Credential.AccessToken);
        var devices = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<Page<Device>>(Wire.Json, Deadline.Token);
        Assert.That(devices!.Items.Select(d => d.Id), Is.EqualTo(new[] { registered.Device.Id }));
    }

    [Test]
    public async Task Server_ToldToStop_EndsWellAndKeepsWhatItConfirmed()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("Windows has no SIGTERM to tell a process to stop.");
        await using var server = await ServerProcess.StartAsync(engine);
        var registered = await server.RegisterAsync("device");
        var device = await TestDevice.ConnectAsync(server.Url, registered).Bounded();
        await using (device) await device.SendToAsync(device.Id, "m1").Bounded();

        await server.TellToStopAsync();
        Assert.That(await server.Process.ExitAsync(), Is.Zero, () => server.Process.Transcript);
        await server.StartAgainAsync();

        await using var again = await TestDevice.ConnectAsync(server.Url, registered).Bounded();
        await again.ResumeAsync().Bounded();
        Assert.That((await again.NextAsync().Bounded()).Id, Is.EqualTo("m1"));
    }
}
