using System.Net;
using System.Net.Http.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR.Client;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class FileRightsTests(Engine engine) : EngineFixture(engine)
{
    private readonly ManualTimeProvider _clock = new();

    protected override ManualTimeProvider Clock => _clock;

    private async Task<HttpClient> UserAsync(string user) => Server.With(await Server.UserTokenAsync(user));

    [TestCase("viewer", "200 403 403 200 403 403 403 403")]
    [TestCase("editor", "200 200 200 200 403 403 403 403")]
    [TestCase("owner", "200 200 200 200 200 200 200 204")]
    [TestCase(null, "404 404 404 404 404 404 404 404")]
    public async Task EachRole_MayDoWhatItsNameSays(string? role, string expected)
    {
        var (owner, user) = (NewUser(), NewUser());
        using var his = await UserAsync(owner);
        using var http = await UserAsync(user);
        var id = await his.UploadAsync("a.txt");
        if (role is not null) (await his.ShareAsync(id, user, role)).EnsureSuccessStatusCode();
        var file = $"/api/v1/files/{id}";
        Task<HttpResponseMessage>[] calls =
        [
            http.GetAsync(file), http.PatchAsJsonAsync(file, new { name = "b.txt" }), http.PostAsync($"{file}/versions/1/restore", null), http.GetAsync($"{file}/versions"),
            http.GetAsync($"{file}/audit"), http.GetAsync($"{file}/permissions"), http.ShareAsync(id, "somebody", "viewer"),
        ];
        var got = new List<int>();
        foreach (var call in calls) got.Add((int)(await call).StatusCode);
        got.Add((int)(await http.DeleteAsync(file)).StatusCode);
        Assert.That(string.Join(' ', got), Is.EqualTo(expected));
    }

    [Test]
    public async Task AnExpiredPermission_IsNone_EverywhereAtOnce()
    {
        var (owner, user) = (NewUser(), NewUser());
        using var his = await UserAsync(owner);
        using var http = await UserAsync(user);
        var id = await his.UploadAsync("a.txt");
        using var past = await his.ShareAsync(id, user, "editor", _clock.GetUtcNow().AddSeconds(-1));
        Assert.That(await TestServer.CodeAsync(past), Is.EqualTo("invalid"));
        (await his.ShareAsync(id, user, "editor", _clock.GetUtcNow().AddMinutes(1))).EnsureSuccessStatusCode();
        Assert.That((await http.FileAsync(id)).Role, Is.EqualTo("editor"));
        _clock.Advance(TimeSpan.FromMinutes(1));
        foreach (var answer in new[]
        {
            await http.GetAsync($"/api/v1/files/{id}"), await http.PatchAsJsonAsync($"/api/v1/files/{id}", new { name = "b" }), await http.GetAsync($"/api/v1/files/{id}/permissions/{user}"),
            await http.UploadAnswerAsync("x", "x", fileId: id), await his.GetAsync($"/api/v1/files/{id}/permissions/{user}"),
        })
            Assert.That((answer.StatusCode, await TestServer.CodeAsync(answer)), Is.EqualTo((HttpStatusCode.NotFound, "not_found")), answer.RequestMessage!.RequestUri!.ToString());
        Assert.That(await http.NamesAsync("owner=shared"), Is.Empty);
        Assert.That((await his.GetFromJsonAsync<CursorPage<FilePermission>>($"/api/v1/files/{id}/permissions", Wire.Json))!.Items, Is.Empty);
    }

    [Test]
    public async Task Permissions_AreListedAndChanged_AndGivenBack_ButNotTheOwners()
    {
        var (owner, viewer) = (NewUser(), NewUser());
        using var his = await UserAsync(owner);
        using var http = await UserAsync(viewer);
        var id = await his.UploadAsync("a.txt");
        // Shared before the user is first here, with an id as providers give.
        (await his.ShareAsync(id, Uri.EscapeDataString("https://idp/u/1"), "viewer")).EnsureSuccessStatusCode();
        (await his.ShareAsync(id, viewer, "editor")).EnsureSuccessStatusCode();
        (await his.ShareAsync(id, viewer, "viewer")).EnsureSuccessStatusCode();
        var list = (await his.GetFromJsonAsync<CursorPage<FilePermission>>($"/api/v1/files/{id}/permissions", Wire.Json))!.Items;
        Assert.That(list.Select(p => (p.UserId, p.Role)), Is.EquivalentTo(new[] { ("https://idp/u/1", "viewer"), (viewer, "viewer") }));
        using var provided = await UserAsync("https://idp/u/1");
        Assert.That((await provided.FileAsync(id)).OwnerId, Is.EqualTo(owner));

        using var demoted = await his.ShareAsync(id, owner, "viewer");
        using var removed = await his.DeleteAsync($"/api/v1/files/{id}/permissions/{owner}");
        using var bad = await his.ShareAsync(id, viewer, "king");
        Assert.That((await TestServer.CodeAsync(demoted), await TestServer.CodeAsync(removed), await TestServer.CodeAsync(bad)), Is.EqualTo(("conflict", "conflict", "invalid")));
        using var back = await http.DeleteAsync($"/api/v1/files/{id}/permissions/{viewer}");
        using var gone = await http.GetAsync($"/api/v1/files/{id}");
        using var again = await his.DeleteAsync($"/api/v1/files/{id}/permissions/{viewer}");
        Assert.That((back.StatusCode, gone.StatusCode, again.StatusCode), Is.EqualTo((HttpStatusCode.NoContent, HttpStatusCode.NotFound, HttpStatusCode.NotFound)));
    }

    [Test]
    public async Task DeletingAndRestoring_WithAnotherETag_ChangesNothing()
    {
        using var http = await UserAsync(NewUser());
        var id = await http.UploadAsync("a.txt");
        async Task<int> StatusAsync(HttpMethod method, string path, string etag)
        {
            using var request = new HttpRequestMessage(method, $"/api/v1/files/{id}{path}");
            request.Headers.TryAddWithoutValidation("If-Match", etag);
            using var answer = await http.SendAsync(request);
            return (int)answer.StatusCode;
        }
        Assert.That((await StatusAsync(HttpMethod.Delete, "", "\"r999\""), await StatusAsync(HttpMethod.Post, "/versions/1/restore", "\"r999\"")), Is.EqualTo((412, 412)));
        using var read = await http.GetAsync($"/api/v1/files/{id}");
        Assert.That(await StatusAsync(HttpMethod.Delete, "", read.Headers.ETag!.Tag), Is.EqualTo(204));
    }

    [Test]
    public async Task Patch_WithAnotherETag_ChangesNothing()
    {
        using var http = await UserAsync(NewUser());
        var id = await http.UploadAsync("a.txt", description: "kept");
        using var read = await http.GetAsync($"/api/v1/files/{id}");
        using var first = await PatchAsync(http, id, new { tags = new[] { "x" } }, read.Headers.ETag!.Tag);
        using var stale = await PatchAsync(http, id, new { name = "b.txt" }, read.Headers.ETag.Tag);
        Assert.That((first.StatusCode, stale.StatusCode, await TestServer.CodeAsync(stale)), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.PreconditionFailed, "precondition_failed")));
        using var any = await PatchAsync(http, id, new { name = "c.txt" }, $"\"other\", {first.Headers.ETag!.Tag}");
        var file = await http.FileAsync(id);
        Assert.That((file.Name, file.Description, file.Tags.Single()), Is.EqualTo(("c.txt", "kept", "x")));
        foreach (var body in new object[] { new { name = "" }, new { name = "../x" }, new { name = (string?)null }, new { tags = "x" }, new { tags = new[] { "a,b" } }, new { tags = new object[] { 5 } }, new { description = 5 } })
        {
            using var bad = await http.PatchAsJsonAsync($"/api/v1/files/{id}", body);
            Assert.That(await TestServer.CodeAsync(bad), Is.EqualTo("invalid"));
        }
    }

    [Test]
    public async Task ARestoredVersion_IsANewOne_WithTheSameBytes_CountedOnce()
    {
        using var http = await UserAsync(NewUser());
        var id = await http.UploadAsync("a.txt", "first");
        await http.UploadAsync("a.txt", "the second", fileId: id);
        using var restored = await http.PostAsync($"/api/v1/files/{id}/versions/1/restore", null);
        var file = (await restored.Content.ReadFromJsonAsync<Contracts.File>(Wire.Json))!;
        Assert.That((file.Version, file.Size, restored.Headers.ETag is not null), Is.EqualTo((3L, 5L, true)));
        var page = (await http.GetFromJsonAsync<CursorPage<FileVersion>>($"/api/v1/files/{id}/versions?limit=2", Wire.Json))!;
        Assert.That(page.Items.Select(v => (v.Version, v.Size, v.RestoredFrom)), Is.EqualTo(new[] { (3L, 5L, (long?)1), (2L, 10L, null) }));
        var rest = (await http.GetFromJsonAsync<CursorPage<FileVersion>>($"/api/v1/files/{id}/versions?cursor={page.NextCursor}", Wire.Json))!;
        Assert.That((rest.Items.Single().Version, rest.Items[0].Sha256, rest.NextCursor), Is.EqualTo((1L, file.Sha256, (string?)null)));
        using var missing = await http.PostAsync($"/api/v1/files/{id}/versions/9/restore", null);
        Assert.That(await TestServer.CodeAsync(missing), Is.EqualTo("not_found"));
    }

    [Test]
    public async Task Audit_SaysWhoDidWhat_NewestFirst()
    {
        var (owner, editor) = (NewUser(), NewUser());
        using var his = await UserAsync(owner);
        using var http = await UserAsync(editor);
        var id = await his.UploadAsync("a.txt");
        (await his.ShareAsync(id, editor, "editor")).EnsureSuccessStatusCode();
        (await http.PatchAsJsonAsync($"/api/v1/files/{id}", new { name = "b.txt" })).EnsureSuccessStatusCode();
        await http.UploadAsync("b.txt", "more", fileId: id);
        var first = (await his.GetFromJsonAsync<CursorPage<FileAuditEntry>>($"/api/v1/files/{id}/audit?limit=3", Wire.Json))!;
        var rest = (await his.GetFromJsonAsync<CursorPage<FileAuditEntry>>($"/api/v1/files/{id}/audit?cursor={first.NextCursor}", Wire.Json))!;
        Assert.That(first.Items.Concat(rest.Items).Select(a => $"{a.Id} {a.Actor} {a.Action} {a.Version} {a.Detail}"), Is.EqualTo(new[]
        {
            $"4 {editor} version 2 ", $"3 {editor} update  name", $"2 {owner} grant  editor: {editor}", $"1 {owner} create 1 ",
        }));
        Assert.That(rest.NextCursor, Is.Null);
    }

    [Test]
    public async Task FileChanged_ReachesEveryoneWhoMaySeeTheFile()
    {
        var (owner, viewer) = (NewUser(), NewUser());
        using var his = await UserAsync(owner);
        var (ownersEvents, viewersEvents) = (await ListenAsync(owner), await ListenAsync(viewer));
        var id = await his.UploadAsync("a.txt");
        (await his.ShareAsync(id, viewer, "viewer")).EnsureSuccessStatusCode();
        (await his.PatchAsJsonAsync($"/api/v1/files/{id}", new { name = "b.txt" })).EnsureSuccessStatusCode();
        await his.UploadAsync("b.txt", "two", fileId: id);
        (await his.DeleteAsync($"/api/v1/files/{id}/permissions/{viewer}")).EnsureSuccessStatusCode();
        (await his.ShareAsync(id, viewer, "viewer")).EnsureSuccessStatusCode();
        (await his.DeleteAsync($"/api/v1/files/{id}")).EnsureSuccessStatusCode();
        Assert.That(await TakeAsync(viewersEvents, 6, id), Is.EqualTo("shared updated version unshared shared deleted"));
        Assert.That(await TakeAsync(ownersEvents, 7, id), Is.EqualTo("created updated updated version updated updated deleted"));
    }

    private async Task<ChannelReader<FileChanged>> ListenAsync(string user)
    {
        var device = await Server.ConnectAsync(user);
        var events = Channel.CreateUnbounded<FileChanged>();
        device.Hub.On<FileChanged>(nameof(IDeviceClient.FileChanged), e => events.Writer.TryWrite(e));
        await device.ResumeAsync();
        return events.Reader;
    }

    private static async Task<string> TakeAsync(ChannelReader<FileChanged> events, int count, string id)
    {
        var changes = new List<string>();
        while (changes.Count < count)
        {
            var change = await events.ReadAsync().AsTask().WaitAsync(TestDevice.Patience);
            Assert.That(change.FileId, Is.EqualTo(id));
            changes.Add(change.Change);
        }
        return string.Join(' ', changes);
    }

    private static Task<HttpResponseMessage> PatchAsync(HttpClient http, string id, object body, string ifMatch)
    {
        var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/files/{id}") { Content = JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return http.SendAsync(request);
    }
}
