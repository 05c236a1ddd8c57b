using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using RooCoord.Application.Admin;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class AccountTests(Engine engine) : EngineFixture(engine)
{
    private async Task<HttpClient> UserAsync(string user, string role = "user") => Server.With(await Server.UserTokenAsync(user, role));

    [Test]
    public async Task Export_HasEverythingOfTheUser_AndNothingOfOthers()
    {
        var (user, other) = (NewUser(), NewUser());
        var (sender, receiver) = await PairAsync(user);
        using var http = await UserAsync(user);
        using var theirs = await UserAsync(other);
        await sender.SendToAsync(receiver.Id, "m1", new { secret = "ü" });
        var id = await http.UploadAsync("päper.txt", "first");
        await http.UploadAsync("päper.txt", "second", fileId: id);
        var foreign = await theirs.UploadAsync("foreign.txt");
        (await theirs.ShareAsync(foreign, user, "owner")).EnsureSuccessStatusCode();

        using var zip = new ZipArchive(new MemoryStream(await http.GetByteArrayAsync("/api/v1/export")));
        Assert.That(zip.Entries.Select(e => e.FullName), Is.EquivalentTo(new[] { "devices.json", "messages.json", "files.json", $"files/{id}/1/päper.txt", $"files/{id}/2/päper.txt" }));
        Assert.That(Json(zip, "devices.json").Select(d => d!["id"]!.GetValue<string>()), Is.EquivalentTo(new[] { sender.Id, receiver.Id }));
        Assert.That(Json(zip, "messages.json").Single()!["body"]!["secret"]!.GetValue<string>(), Is.EqualTo("ü"));
        Assert.That(Json(zip, "files.json").Single()!["versions"]!.AsArray(), Has.Count.EqualTo(2));
        Assert.That((Text(zip, $"files/{id}/1/päper.txt"), Text(zip, $"files/{id}/2/päper.txt")), Is.EqualTo(("first", "second")));
        var audit = (await http.GetFromJsonAsync<CursorPage<FileAuditEntry>>($"/api/v1/files/{id}/audit", Wire.Json))!;
        Assert.That(audit.Items[0].Action, Is.EqualTo("export"));
        using var device = Server.With(sender.Registered.Credential.AccessToken);
        using var refused = await device.GetAsync("/api/v1/export");
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task AnErasedAccount_IsGone_AndMayBeginAnew()
    {
        var (user, other) = (NewUser(), NewUser());
        var (sender, receiver) = await PairAsync(user);
        using var http = await UserAsync(user);
        using var theirs = await UserAsync(other);
        await sender.SendToAsync(receiver.Id, "m1");
        var own = await http.UploadAsync("own.txt");
        (await http.ShareAsync(own, other, "owner")).EnsureSuccessStatusCode();
        var foreign = await theirs.UploadAsync("foreign.txt");
        (await theirs.ShareAsync(foreign, user, "viewer")).EnsureSuccessStatusCode();

        using var unconfirmed = await EraseAsync(http, "somebody");
        Assert.That(await TestServer.CodeAsync(unconfirmed), Is.EqualTo("invalid"));
        using var erased = await EraseAsync(http, user);
        Assert.That(erased.StatusCode, Is.EqualTo(HttpStatusCode.NoContent), await erased.Content.ReadAsStringAsync());
        Assert.That((await sender.EndReason, await receiver.EndReason), Is.EqualTo(("revoked", "revoked")));
        using var old = await http.GetAsync("/api/v1/files");
        using var device = Server.With(sender.Registered.Credential.AccessToken);
        using var oldDevice = await device.GetAsync("/api/v1/files");
        Assert.That((old.StatusCode, oldDevice.StatusCode), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)));
        using var gone = await theirs.GetAsync($"/api/v1/files/{own}");
        Assert.That(gone.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await theirs.GetFromJsonAsync<CursorPage<FilePermission>>($"/api/v1/files/{foreign}/permissions", Wire.Json))!.Items, Is.Empty);

        using var anew = await UserAsync(user);
        Assert.That((await anew.FindAsync("")).Items, Is.Empty);
        Assert.That((await anew.GetFromJsonAsync<Page<Device>>("/api/v1/devices", Wire.Json))!.Items, Is.Empty);
        using var message = await anew.GetAsync("/api/v1/messages/m1");
        Assert.That(message.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        var again = await Server.ConnectAsync(user);
        Assert.That(await CodeOfAsync(again.SendToAsync(receiver.Id)), Is.EqualTo("not_found"));
    }

    [Test]
    public async Task AnAdmin_MayErase_AndItIsNoted()
    {
        var (admin, user) = (NewUser(), NewUser());
        using var http = await UserAsync(user);
        using var theirs = await UserAsync(admin, "admin");
        var id = await http.UploadAsync("a.txt");
        using var refused = await http.DeleteAsync($"/api/v1/admin/users/{user}");
        using var self = await theirs.DeleteAsync($"/api/v1/admin/users/{admin}");
        using var erased = await theirs.DeleteAsync($"/api/v1/admin/users/{user}");
        using var unknown = await theirs.DeleteAsync("/api/v1/admin/users/nobody-ever");
        Assert.That((refused.StatusCode, self.StatusCode, erased.StatusCode, unknown.StatusCode), Is.EqualTo((HttpStatusCode.Forbidden, HttpStatusCode.Conflict, HttpStatusCode.NoContent, HttpStatusCode.NotFound)));
        var account = (await theirs.GetFromJsonAsync<AdminUser>($"/api/v1/admin/users/{user}", Wire.Json))!;
        Assert.That((account.Devices, account.ErasedAt is not null, account.ErasingAt), Is.EqualTo((0L, true, (DateTimeOffset?)null)));
        Assert.That((await theirs.GetFromJsonAsync<Page<AuditEntry>>("/api/v1/admin/audit?limit=200", Wire.Json))!.Items.Any(a => a.Action == "users.erase" && a.UserId == user), Is.True);
    }

    [Test]
    public async Task AnErasure_ThatACrashInterrupted_GoesOnAfterTheNextStart_AndTheUserIsRefusedMeanwhile()
    {
        await using var database = await TestDatabase.CreateAsync(Engine);
        string token, file;
        await using (var first = await TestServer.StartAsync(database, ownsDatabase: false))
        {
            token = await first.UserTokenAsync("gone");
            using var http = first.With(token);
            file = await http.UploadAsync("a.txt");
            using var other = first.With(await first.UserTokenAsync("other"));
            (await http.ShareAsync(file, "other", "viewer")).EnsureSuccessStatusCode();
            // What the request commits before anything is removed: the work itself begins with a wake that never comes here.
            await first.Services.GetRequiredService<IUserStore>().BeginErasureAsync("gone", DateTimeOffset.UtcNow);
            using var later = first.With(await first.UserTokenAsync("gone"));
            using var refused = await later.GetAsync("/api/v1/files");
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        }
        await using var second = await TestServer.StartAsync(database, ownsDatabase: false);
        using var admin = second.With(await second.UserTokenAsync("root", "admin"));
        using var limit = new CancellationTokenSource(TestDevice.Patience);
        while ((await admin.GetFromJsonAsync<AdminUser>("/api/v1/admin/users/gone", Wire.Json, limit.Token))!.ErasedAt is null) await Task.Yield();
        using var viewer = second.With(await second.UserTokenAsync("other"));
        using var gone = await viewer.GetAsync($"/api/v1/files/{file}");
        Assert.That(gone.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private static Task<HttpResponseMessage> EraseAsync(HttpClient http, string confirm) =>
        http.SendAsync(new(HttpMethod.Delete, "/api/v1/account") { Content = JsonContent.Create(new { confirm }) });

    private static JsonArray Json(ZipArchive zip, string name) => JsonNode.Parse(Text(zip, name))!.AsArray();

    private static string Text(ZipArchive zip, string name)
    {
        using var reader = new StreamReader(zip.GetEntry(name)!.Open());
        return reader.ReadToEnd();
    }
}
