using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Reports, the list of devices and what is known of when a device was there, on a clock that the tests move.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class PresenceTests(Engine engine) : EngineFixture(engine)
{
    protected override ManualTimeProvider? Clock { get; } = new();

    private async Task<Device> OverRestAsync(TestDevice device)
    {
        using var http = Server.With(device.Registered.Credential.AccessToken);
        return (await http.GetFromJsonAsync<Device>($"/api/v1/devices/{device.Id}", Wire.Json))!;
    }

    private static int NumberIn(Device device) => ((JsonElement)device.Telemetry!).GetProperty("n").GetInt32();

    // Time passes in small steps until REST shows it: timers of the server run at their own pace.
    private async Task<Device> PassUntilAsync(TestDevice device, Predicate<Device> shows, TimeSpan step)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var i = 0; i < 500; i++)
        {
            if (await OverRestAsync(device) is var seen && shows(seen)) return seen;
            Clock!.Advance(step);
            await pace.WaitForNextTickAsync();
        }
        throw new TimeoutException("REST never showed it");
    }

    [Test]
    public async Task Reports_InQuickSuccession_BecomeOneChange_AndTheLastOneStands()
    {
        var (watcher, device) = await PairAsync();
        for (var n = 1; n <= 50; n++) await device.ReportAsync(new { n, battery = 0.5 });
        Assert.That((await OverRestAsync(device)).Telemetry, Is.Null, "not written before its time");
        Clock!.Advance(TimeSpan.FromSeconds(1));
        Assert.That(NumberIn(await watcher.ChangeAsync(d => d.Id == device.Id && d.Telemetry is not null)), Is.EqualTo(50), "one change, with the last report");
        Assert.That(NumberIn(await OverRestAsync(device)), Is.EqualTo(50));
        await device.ReportAsync(new { n = 51 });
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(NumberIn(await watcher.ChangeAsync(d => d.Id == device.Id)), Is.EqualTo(51), "and no other change between the two");
    }

    [Test]
    public async Task Report_ThatIsNoSmallObjectOfCleanStrings_IsRefused_AndTheConnectionStays()
    {
        var device = await Server.ConnectAsync(NewUser());
        foreach (var bad in new object?[] { null, 5, "text", new[] { 1 }, new { a = "line\nbreak" }, new { a = new[] { new { b = "\u0000" } } }, new Dictionary<string, int> { ["a\u0007"] = 1 } })
            Assert.That(await CodeOfAsync(device.ReportAsync(bad)), Is.EqualTo("invalid"), JsonSerializer.Serialize(bad));
        foreach (var bad in new[] { "{\"a\":\"\\ud800\"}", "{\"a\":[{\"\\udc00\":1}]}" })
            Assert.That(await CodeOfAsync(device.ReportAsync(new Raw(bad))), Is.EqualTo("invalid"), bad);
        // 8 bytes are {"a":""}; é counts as two.
        Assert.That(await CodeOfAsync(device.ReportAsync(new { a = new string('é', 2044) })), Is.EqualTo("no error"));
        Assert.That(await CodeOfAsync(device.ReportAsync(new { a = new string('é', 2045) })), Is.EqualTo("too_large"));
        Assert.That((await device.ResumeAsync()).Head, Is.Zero);
    }

    // JSON that no serializer would write.
    [JsonConverter(typeof(RawConverter))]
    private sealed record Raw(string Text);

    private sealed class RawConverter : JsonConverter<Raw>
    {
        public override Raw Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Raw value, JsonSerializerOptions options) => writer.WriteRawValue(value.Text, skipInputValidation: true);
    }

    [Test]
    public async Task ListDevices_AnswersWhatRestDoes_WithEachFilter()
    {
        var user = NewUser();
        using var http = Server.With(await Server.UserTokenAsync(user));
        foreach (var (name, platform) in new[] { ("one", "linux"), ("two", "macos") })
        {
            using var added = await http.PostAsJsonAsync("/api/v1/devices", new { name, type = "server", platform, capabilities = new[] { "build", name } });
            added.EnsureSuccessStatusCode();
        }
        var device = await Server.ConnectAsync(user);
        await device.ReportAsync(new { n = 1, nested = new { text = "é" } });
        await PassUntilAsync(device, d => d.Telemetry is not null, TimeSpan.FromSeconds(1));
        foreach (var (query, filter, count) in new (string, object?, int)[]
        {
            ("", null, 3), ("", new { }, 3), ("", new { colour = "red", type = (string?)null }, 3), ("?type=server", new { type = "server" }, 2), ("?capability=two", new { capability = "two" }, 1),
            ("?status=online", new { status = "online" }, 1), ("?platform=linux&type=server", new { platform = "linux", type = "server" }, 1), ("?platform=x", new DeviceFilter { Platform = "x" }, 0),
        })
        {
            var overHub = await device.ListDevicesAsync(filter);
            Assert.That(overHub.GetProperty("items").GetArrayLength(), Is.EqualTo(count), query);
            Assert.That(JsonNode.DeepEquals(JsonNode.Parse(overHub.GetRawText()), JsonNode.Parse(await http.GetStringAsync($"/api/v1/devices{query}"))), Is.True, overHub.GetRawText());
        }
        foreach (var bad in new object[] { new { type = "toaster" }, new { status = 5 }, new[] { 1 }, "online" })
            Assert.That(await CodeOfAsync(device.ListDevicesAsync(bad)), Is.EqualTo("invalid"), JsonSerializer.Serialize(bad));
    }

    [Test]
    public async Task LastSeen_OfAConnectedDevice_IsWrittenEvery30Seconds()
    {
        var device = await Server.ConnectAsync(NewUser());
        var opened = (await OverRestAsync(device)).LastSeenAt!.Value;
        var next = (await PassUntilAsync(device, d => d.LastSeenAt > opened, TimeSpan.FromSeconds(1))).LastSeenAt!.Value;
        var third = (await PassUntilAsync(device, d => d.LastSeenAt > next, TimeSpan.FromSeconds(1))).LastSeenAt!.Value;
        // The clock may move on while the server writes.
        Assert.That(next - opened, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(30)).And.LessThan(TimeSpan.FromSeconds(90)));
        Assert.That(third - next, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(30)).And.LessThan(TimeSpan.FromSeconds(90)));
    }

    [Test]
    public async Task LastReport_IsWrittenWhenTheServerStops_AndThereAfterARestart()
    {
        await using var database = await TestDatabase.CreateAsync(Engine);
        var clock = new ManualTimeProvider();
        TestDevice device;
        await using (var first = await TestServer.StartAsync(database, ownsDatabase: false, clock))
        {
            device = await first.ConnectAsync();
            await device.ReportAsync(new { n = 7 });
        }
        await using var second = await TestServer.StartAsync(database, ownsDatabase: false, clock);
        using var http = second.With(device.Registered.Credential.AccessToken);
        Assert.That(NumberIn((await http.GetFromJsonAsync<Device>($"/api/v1/devices/{device.Id}", Wire.Json))!), Is.EqualTo(7));
    }
}
