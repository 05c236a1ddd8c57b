using System.Net;
using System.Net.Http.Json;
using System.Text;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class DeviceTests(Engine engine) : EngineFixture(engine)
{
    protected override string[] Settings => ["--RooCoord:Limits:DevicesPerUser=3"];

    private async Task<HttpClient> UserAsync(string user) => Server.With(await Server.UserTokenAsync(user));

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    [Test]
    public async Task Register_KeepsEveryField_AndListFilters()
    {
        using var http = await UserAsync(NewUser());
        using var answer = await http.PostAsJsonAsync("/api/v1/devices", new
        {
            name = "Télé",
            type = "server",
            platform = "linux",
            appVersion = "1.2",
            capabilities = new[] { "build", "build", "gpu" },
            limits = new { maxFileSize = 5 },
            role = "ci",
        });
        var registered = (await answer.Content.ReadFromJsonAsync<RegisteredDevice>(Wire.Json))!.Device;
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(answer.Headers.Location!.ToString(), Is.EqualTo($"/api/v1/devices/{registered.Id}"));
        Assert.That((registered.Name, registered.Type, registered.Platform, registered.AppVersion, registered.Limits.MaxFileSize, registered.Role, registered.Status),
            Is.EqualTo(("Télé", "server", "linux", "1.2", (long?)5, "ci", "offline")));
        Assert.That(registered.Capabilities, Is.EqualTo(new[] { "build", "gpu" }));
        foreach (var (query, count) in new[] { ("type=server", 1), ("type=mobile", 0), ("capability=gpu", 1), ("capability=x", 0), ("status=offline", 1), ("platform=linux", 1), ("platform=x", 0) })
            Assert.That((await http.GetFromJsonAsync<Page<Device>>($"/api/v1/devices?{query}", Wire.Json))!.Items, Has.Count.EqualTo(count), query);
        using var bad = await http.GetAsync("/api/v1/devices?type=toaster");
        Assert.That(await TestServer.CodeAsync(bad), Is.EqualTo("invalid"));
    }

    [TestCase("{}", "invalid")]
    [TestCase("{\"name\":\"\",\"type\":\"mobile\"}", "invalid")]
    [TestCase("{\"name\":\"a\",\"type\":\"toaster\"}", "invalid")]
    [TestCase("{\"name\":5,\"type\":\"mobile\"}", "invalid")]
    [TestCase("{\"name\":\"a\\u0000\",\"type\":\"mobile\"}", "invalid")]
    [TestCase("{\"name\":\"a\",\"type\":\"mobile\",\"capabilities\":[null]}", "invalid")]
    [TestCase("{\"name\":\"a\",\"type\":\"mobile\",\"limits\":{\"maxFileSize\":-1}}", "invalid")]
    [TestCase("{\"name\":", "invalid")]
    [TestCase("", "invalid")]
    [TestCase("[]", "invalid")]
    public async Task Register_WithABadBody_IsAProblemWithItsCode(string body, string code)
    {
        using var http = await UserAsync(NewUser());
        using var answer = await http.PostAsync("/api/v1/devices", Json(body));
        Assert.That((answer.StatusCode, await TestServer.CodeAsync(answer)), Is.EqualTo((HttpStatusCode.BadRequest, code)));
    }

    [Test]
    public async Task Register_WithAnotherContentType_IsUnsupported()
    {
        using var http = await UserAsync(NewUser());
        using var answer = await http.PostAsync("/api/v1/devices", new StringContent("name=a"));
        Assert.That((answer.StatusCode, await TestServer.CodeAsync(answer)), Is.EqualTo((HttpStatusCode.UnsupportedMediaType, "unsupported_type")));
    }

    [Test]
    public async Task Register_BeyondTheLimit_IsAConflict()
    {
        var user = NewUser();
        for (var i = 0; i < 3; i++) await Server.RegisterAsync(user);
        using var http = await UserAsync(user);
        using var answer = await http.PostAsJsonAsync("/api/v1/devices", new { name = "fourth", type = "mobile" });
        Assert.That(await TestServer.CodeAsync(answer), Is.EqualTo("conflict"));
    }

    [Test]
    public async Task Patch_ChangesWhatIsGiven_AndLeavesTheRest()
    {
        var user = NewUser();
        var device = await Server.RegisterAsync(user, "old");
        using var http = await UserAsync(user);
        using var answer = await http.PatchAsJsonAsync($"/api/v1/devices/{device.Device.Id}", new { name = "new" });
        var patched = await answer.Content.ReadFromJsonAsync<Device>(Wire.Json);
        Assert.That((patched!.Name, patched.Type), Is.EqualTo(("new", device.Device.Type)));
        using var bad = await http.PatchAsJsonAsync($"/api/v1/devices/{device.Device.Id}", new { name = "" });
        Assert.That(await TestServer.CodeAsync(bad), Is.EqualTo("invalid"));
    }

    [Test]
    public async Task AnotherUsersDevice_IsNotFound_WhateverIsTried()
    {
        var device = await Server.RegisterAsync(NewUser());
        using var stranger = await UserAsync(NewUser());
        var path = $"/api/v1/devices/{device.Device.Id}";
        foreach (var answer in new[] { await stranger.GetAsync(path), await stranger.DeleteAsync(path), await stranger.PatchAsJsonAsync(path, new { name = "mine" }), await stranger.PostAsync($"{path}/credential", null) })
            Assert.That((answer.StatusCode, await TestServer.CodeAsync(answer)), Is.EqualTo((HttpStatusCode.NotFound, "not_found")));
        Assert.That((await stranger.GetFromJsonAsync<Page<Device>>("/api/v1/devices", Wire.Json))!.Items, Is.Empty);
    }

    [Test]
    public async Task DeviceToken_ActsOnItselfOnly_AndListsDevices()
    {
        var user = NewUser();
        var (one, two) = (await Server.RegisterAsync(user), await Server.RegisterAsync(user));
        using var http = Server.With(one.Credential.AccessToken);
        Assert.That((await http.GetFromJsonAsync<Page<Device>>("/api/v1/devices", Wire.Json))!.Items, Has.Count.EqualTo(2));
        using var self = await http.GetAsync($"/api/v1/devices/{one.Device.Id}");
        Assert.That(self.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        foreach (var answer in new[]
        {
            await http.GetAsync($"/api/v1/devices/{two.Device.Id}"), await http.DeleteAsync($"/api/v1/devices/{two.Device.Id}"), await http.GetAsync("/api/v1/sessions"),
            await http.PostAsJsonAsync("/api/v1/devices", new { name = "x", type = "mobile" }), await http.PostAsync($"/api/v1/devices/{one.Device.Id}/credential", null), await http.GetAsync("/metrics"),
        })
            Assert.That((answer.StatusCode, await TestServer.CodeAsync(answer)), Is.EqualTo((HttpStatusCode.Forbidden, "forbidden")), answer.RequestMessage!.RequestUri!.ToString());
    }

    [Test]
    public async Task Delete_RefusesItsTokensAtOnce_AndClosesItsConnection()
    {
        var user = NewUser();
        var (sender, device) = await PairAsync(user);
        using var http = await UserAsync(user);
        using var deleted = await http.DeleteAsync($"/api/v1/devices/{device.Id}");
        Assert.That(deleted.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(await device.EndReason, Is.EqualTo("revoked"));
        await device.Closed;
        using var own = Server.With(device.Registered.Credential.AccessToken);
        using var refused = await own.GetAsync("/api/v1/devices");
        using var refresh = await Server.Http.PostAsJsonAsync("/api/v1/devices/token", new { device.Registered.Credential.RefreshToken });
        using var gone = await http.GetAsync($"/api/v1/devices/{device.Id}");
        Assert.That((refused.StatusCode, refresh.StatusCode, gone.StatusCode), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.NotFound)));
        Assert.That(await CodeOfAsync(sender.SendToAsync(device.Id)), Is.EqualTo("not_found"));
    }

    [Test]
    public async Task NewCredential_KeepsTheMailbox_AndEndsTheLostOne()
    {
        var user = NewUser();
        var sender = await Server.ConnectAsync(user);
        var device = await Server.RegisterAsync(user);
        await sender.SendToAsync(device.Device.Id, "kept");
        using var http = await UserAsync(user);
        using var answer = await http.PostAsync($"/api/v1/devices/{device.Device.Id}/credential", null);
        var credential = await answer.Content.ReadFromJsonAsync<Credential>(Wire.Json);
        using var lost = await Server.Http.PostAsJsonAsync("/api/v1/devices/token", new { device.Credential.RefreshToken });
        Assert.That((answer.StatusCode, lost.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.Unauthorized)));
        var connected = await TestDevice.ConnectAsync(Server.Url, device, credential!.AccessToken);
        await connected.ResumeAsync();
        Assert.That((await connected.NextAsync()).Id, Is.EqualTo("kept"));
    }

    [Test]
    public async Task Rest_SendsMessages_ForUsersAndDevices()
    {
        var user = NewUser();
        var (sender, receiver) = await PairAsync(user);
        using var asUser = await UserAsync(user);
        using var asDevice = Server.With(sender.Registered.Credential.AccessToken);
        using var one = await asUser.PostAsJsonAsync("/api/v1/messages", new { id = "u", to = new { device = receiver.Id }, type = "t" });
        using var two = await asDevice.PostAsJsonAsync("/api/v1/messages", new { id = "d", to = new { all = true }, type = "t" });
        using var bad = await asUser.PostAsJsonAsync("/api/v1/messages", new { id = "r", to = new { device = receiver.Id }, type = "t", receipts = "all" });
        Assert.That((one.StatusCode, two.StatusCode, await TestServer.CodeAsync(bad)), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK, "invalid")));
        Assert.That((await receiver.NextAsync(2)).Select(m => (m.Id, m.From.Device)), Is.EqualTo(new[] { ("u", (string?)null), ("d", sender.Id) }));
    }
}
