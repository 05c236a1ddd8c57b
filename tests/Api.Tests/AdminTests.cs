using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class AdminTests(Engine engine) : EngineFixture(engine)
{
    private static readonly TimeSpan Contract = TimeSpan.FromSeconds(1);

    private static readonly (HttpMethod Method, string Path)[] Endpoints =
    [
        (HttpMethod.Get, "users"), (HttpMethod.Get, "users/x"), (HttpMethod.Get, "users/x/devices"), (HttpMethod.Post, "users/x/disable"),
        (HttpMethod.Post, "users/x/enable"), (HttpMethod.Post, "users/x/revoke-tokens"), (HttpMethod.Get, "audit"),
    ];

    private async Task<HttpClient> AdminAsync(string name = "root") => Server.With(await Server.UserTokenAsync(name, "admin"));

    private async Task<HttpClient> UserAsync(string user) => Server.With(await Server.UserTokenAsync(user));

    private static async Task<AdminUser> PostAsync(HttpClient admin, string user, string what)
    {
        using var answer = await admin.PostAsync($"/api/v1/admin/users/{Uri.EscapeDataString(user)}/{what}", null);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK), await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<AdminUser>(Wire.Json))!;
    }

    private static async Task<List<T>> ItemsAsync<T>(HttpClient http, string path) => [.. (await http.GetFromJsonAsync<Page<T>>(path, Wire.Json))!.Items];

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http)
    {
        using var answer = await http.GetAsync("/api/v1/devices");
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> RefreshAsync(Credential credential) =>
        await Server.Http.PostAsJsonAsync("/api/v1/devices/token", new { credential.RefreshToken });

    [Test]
    public async Task Admin_IsForUserTokensOfAdminsOnly_AndWhoWasRefusedIsNotNoted()
    {
        var registered = await Server.RegisterAsync(NewUser());
        using var user = await UserAsync(registered.Device.UserId);
        using var device = Server.With(registered.Credential.AccessToken);
        foreach (var (method, path) in Endpoints)
        {
            foreach (var http in new[] { user, device })
            {
                using var refused = await http.SendAsync(new(method, $"/api/v1/admin/{path}"));
                Assert.That((refused.StatusCode, await TestServer.CodeAsync(refused)), Is.EqualTo((HttpStatusCode.Forbidden, "forbidden")), path);
            }
            using var none = await Server.Http.SendAsync(new(method, $"/api/v1/admin/{path}"));
            Assert.That(none.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), path);
        }
        using var admin = await AdminAsync();
        Assert.That((await ItemsAsync<AuditEntry>(admin, "/api/v1/admin/audit")).Select(e => e.Admin), Has.None.EqualTo(registered.Device.UserId));
    }

    [Test]
    public async Task Users_AreListedInPages_WithHowManyDevicesTheyHave()
    {
        using var admin = await AdminAsync();
        string[] users = ["list-a", "list-b%_", "list-ü", "list-z"];
        foreach (var user in users) await Server.RegisterAsync(user);
        var second = await Server.RegisterAsync("list-a");
        var first = await ItemsAsync<AdminUser>(admin, "/api/v1/admin/users?q=list-&limit=3");
        var rest = await ItemsAsync<AdminUser>(admin, $"/api/v1/admin/users?q=list-&limit=3&after={Uri.EscapeDataString(first[^1].Id)}");
        // By bytes, alike on both engines: ü comes after z.
        Assert.That(first.Concat(rest).Select(u => (u.Id, u.Devices)), Is.EqualTo(new[] { ("list-a", 2L), ("list-b%_", 1L), ("list-z", 1L), ("list-ü", 1L) }));
        Assert.That((await ItemsAsync<AdminUser>(admin, "/api/v1/admin/users?q=b%25_")).Select(u => u.Id), Is.EqualTo(new[] { "list-b%_" }));
        using (var deleted = await (await UserAsync("list-a")).DeleteAsync($"/api/v1/devices/{second.Device.Id}")) deleted.EnsureSuccessStatusCode();
        var one = await admin.GetFromJsonAsync<AdminUser>("/api/v1/admin/users/list-a", Wire.Json);
        Assert.That((one!.Devices, one.DisabledAt, one.TokensRevokedAt), Is.EqualTo((1L, (DateTimeOffset?)null, (DateTimeOffset?)null)));
        foreach (var bad in new[] { "users?limit=0", "users?limit=201", "users?limit=many", "users?q=%00", "audit?before=x", "audit?limit=-1" })
        {
            using var refused = await admin.GetAsync($"/api/v1/admin/{bad}");
            Assert.That(await TestServer.CodeAsync(refused), Is.EqualTo("invalid"), bad);
        }
    }

    [Test]
    public async Task Devices_OfAUser_AreListedAsItsOwnerSeesThem_AndUnknownUsersAreNotFound()
    {
        var user = NewUser();
        await PairAsync(user);
        using var admin = await AdminAsync();
        using var owner = await UserAsync(user);
        Assert.That(await admin.GetStringAsync($"/api/v1/admin/users/{user}/devices"), Is.EqualTo(await owner.GetStringAsync("/api/v1/devices")));
        foreach (var path in new[] { "users/nobody", "users/nobody/devices" })
        {
            using var unknown = await admin.GetAsync($"/api/v1/admin/{path}");
            Assert.That(await TestServer.CodeAsync(unknown), Is.EqualTo("not_found"), path);
        }
        using var enabled = await admin.PostAsync("/api/v1/admin/users/nobody/enable", null);
        Assert.That(await TestServer.CodeAsync(enabled), Is.EqualTo("not_found"));
    }

    [Test]
    public async Task Disabling_RefusesEveryTokenAtOnce_AndEnablingBringsEverythingBack()
    {
        var user = NewUser();
        var (sender, receiver) = await PairAsync(user, window: 1);
        var stranger = await Server.ConnectAsync(NewUser());
        await sender.SendToAsync(receiver.Id, "kept");
        await receiver.NextAsync();
        using var owner = await UserAsync(user);
        using var device = Server.With(receiver.Registered.Credential.AccessToken);
        using var admin = await AdminAsync();

        var asked = Stopwatch.StartNew();
        Assert.That((await PostAsync(admin, user, "disable")).DisabledAt, Is.Not.Null);
        Assert.That((await sender.EndReason, await receiver.EndReason), Is.EqualTo(("revoked", "revoked")));
        await Task.WhenAll(sender.Closed, receiver.Closed);
        Assert.That(asked.Elapsed, Is.LessThan(Contract));
        using var fresh = await UserAsync(user);
        Assert.That((await StatusAsync(owner), await StatusAsync(fresh), await StatusAsync(device)), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)));
        using var negotiated = await device.PostAsync("/hubs/devices/negotiate", null);
        using var refreshed = await RefreshAsync(receiver.Registered.Credential);
        Assert.That((negotiated.StatusCode, refreshed.StatusCode), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)));
        Assert.That((await ItemsAsync<Device>(admin, $"/api/v1/admin/users/{user}/devices")).Select(d => d.Status), Is.All.EqualTo("offline"));
        Assert.That((await stranger.ResumeAsync()).Head, Is.Zero, "nobody else is touched");

        Assert.That((await PostAsync(admin, user, "enable")).DisabledAt, Is.Null);
        Assert.That((await StatusAsync(owner), await StatusAsync(device)), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
        var again = await receiver.ReconnectAsync();
        await again.ResumeAsync();
        Assert.That((await again.NextAsync()).Id, Is.EqualTo("kept"));
        using var usedInVain = await RefreshAsync(receiver.Registered.Credential);
        Assert.That(usedInVain.StatusCode, Is.EqualTo(HttpStatusCode.OK), "the refusal did not use the refresh token up");
    }

    [Test]
    public async Task AUserNobodyKnowsYet_CanBeDisabled_ButAnAdminNotByItself()
    {
        using var admin = await AdminAsync("https://id.example.com/root");
        await PostAsync(admin, "tenant/future|1", "disable");
        using var user = await UserAsync("tenant/future|1");
        using var refused = await user.PostAsJsonAsync("/api/v1/devices", new { name = "a", type = "mobile" });
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        using var self = await admin.PostAsync($"/api/v1/admin/users/{Uri.EscapeDataString("https://id.example.com/root")}/disable", null);
        Assert.That(await TestServer.CodeAsync(self), Is.EqualTo("conflict"));
        using var other = await AdminAsync("other root");
        await PostAsync(other, "https://id.example.com/root", "disable");
        Assert.That(await StatusAsync(admin), Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task RevokingTokens_EndsWhatWasIssuedBefore_AndFreshOnesFindDevicesAndMailboxesAsTheyWere()
    {
        var user = NewUser();
        var (sender, receiver) = await PairAsync(user);
        await sender.SendToAsync(receiver.Id, "kept");
        await receiver.NextAsync();
        using var before = await UserAsync(user);
        using var device = Server.With(receiver.Registered.Credential.AccessToken);
        using var admin = await AdminAsync();

        var asked = Stopwatch.StartNew();
        await PostAsync(admin, user, "revoke-tokens");
        Assert.That((await sender.EndReason, await receiver.EndReason), Is.EqualTo(("revoked", "revoked")));
        await Task.WhenAll(sender.Closed, receiver.Closed);
        Assert.That(asked.Elapsed, Is.LessThan(Contract));
        using var refreshed = await RefreshAsync(receiver.Registered.Credential);
        Assert.That((await StatusAsync(before), await StatusAsync(device), refreshed.StatusCode), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)));

        // Issued in the same second, but after.
        using var after = await UserAsync(user);
        using var issued = await after.PostAsync($"/api/v1/devices/{receiver.Id}/credential", null);
        var credential = await issued.Content.ReadFromJsonAsync<Credential>(Wire.Json);
        var again = await TestDevice.ConnectAsync(Server.Url, receiver.Registered, credential!.AccessToken);
        await again.ResumeAsync();
        Assert.That((await again.NextAsync()).Id, Is.EqualTo("kept"));
    }

    [TestCase("disable")]
    [TestCase("revoke-tokens")]
    public async Task AConnectionThatIsJustBeingOpened_DoesNotSurvive(string what)
    {
        var registered = await Server.RegisterAsync(NewUser());
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {registered.Credential.AccessToken}");
        await socket.ConnectAsync(new UriBuilder(Server.Url) { Scheme = "ws", Path = "/hubs/devices" }.Uri, CancellationToken.None);
        using var admin = await AdminAsync();
        await PostAsync(admin, registered.Device.UserId, what);
        await socket.SendAsync("{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        using var timeout = new CancellationTokenSource(TestDevice.Patience);
        var received = new byte[4096];
        var text = "";
        WebSocketReceiveResult? last = null;
        while (last?.MessageType != WebSocketMessageType.Close)
        {
            last = await socket.ReceiveAsync(received, timeout.Token);
            text += System.Text.Encoding.UTF8.GetString(received, 0, last.Count);
        }
        Assert.That(text, Does.Not.Contain("SessionStarted"));
        Assert.That((await ItemsAsync<Device>(admin, $"/api/v1/admin/users/{registered.Device.UserId}/devices")).Single().Status, Is.EqualTo("offline"));
    }

    [Test]
    public async Task EveryCall_IsNoted_WithWhoWhatWhomAndWhen()
    {
        var admin = $"auditor-{NewUser()}";
        using var http = await AdminAsync(admin);
        var began = DateTimeOffset.UtcNow.AddSeconds(-1);
        foreach (var (method, path) in Endpoints) (await http.SendAsync(new(method, $"/api/v1/admin/{path.Replace("x", "somebody", StringComparison.Ordinal)}"))).Dispose();
        (await http.GetAsync("/api/v1/admin/users?limit=0")).Dispose();

        var noted = (await ItemsAsync<AuditEntry>(http, "/api/v1/admin/audit?limit=200")).Where(e => e.Admin == admin).ToList();
        Assert.That(noted.Select(e => (e.Action, e.UserId)), Is.EqualTo(new (string, string?)[]
        {
            ("audit.read", null), ("users.list", null), ("audit.read", null), ("users.revokeTokens", "somebody"), ("users.enable", "somebody"),
            ("users.disable", "somebody"), ("users.devices", "somebody"), ("users.read", "somebody"), ("users.list", null),
        }));
        Assert.That(noted.Select(e => e.At), Is.All.GreaterThan(began));
        var page = await ItemsAsync<AuditEntry>(http, $"/api/v1/admin/audit?limit=2&before={noted[3].Id}");
        Assert.That(page.Select(e => e.Id), Is.EqualTo(noted.Skip(4).Take(2).Select(e => e.Id)));
    }
}
