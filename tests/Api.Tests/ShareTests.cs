using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Links by which anyone may download.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class ShareTests(Engine engine) : EngineFixture(engine)
{
    private static readonly byte[] Bytes = Encoding.UTF8.GetBytes(new string('x', 5_000) + "end");
    private readonly HttpClient _anyone = new(new HttpClientHandler { AllowAutoRedirect = false });

    [OneTimeTearDown]
    public void Close() => _anyone.Dispose();

    private async Task<(HttpClient Owner, string File)> UploadedAsync(string? user = null)
    {
        var http = Server.With(await Server.UserTokenAsync(user ?? NewUser()));
        return (http, await http.UploadAsync(Bytes, "shared.bin"));
    }

    private static async Task<(string Id, string Url)> ShareAsync(HttpClient owner, string file, object? draft = null)
    {
        using var answer = await owner.PostAsJsonAsync($"/api/v1/files/{file}/shares", draft ?? new { });
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created), await answer.Content.ReadAsStringAsync());
        var created = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        return (created["id"]!.GetValue<string>(), created["url"]!.GetValue<string>());
    }

    private async Task<HttpResponseMessage> AskAsync(string url, HttpMethod? method = null, string? password = null, string? accept = null, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, url) { Content = content };
        if (password is not null) request.Headers.Add("X-Share-Password", password);
        if (accept is not null) request.Headers.Add("Accept", accept);
        return await _anyone.SendAsync(request);
    }

    private async Task<string?> RefusalAsync(string url, HttpMethod? method = null, string? password = null)
    {
        using var answer = await AskAsync(url, method, password);
        return answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.SeeOther ? "let in" : await TestServer.CodeAsync(answer);
    }

    private async Task<string> GrantAsync(string url, string? password = null)
    {
        using var answer = await AskAsync(url, password: password);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.SeeOther), await answer.Content.ReadAsStringAsync());
        Assert.That(answer.Headers.Location!.ToString(), Does.StartWith("/s/g/"));
        return new Uri(Server.Url, answer.Headers.Location).ToString();
    }

    private static async Task<JsonObject> OnlyShareAsync(HttpClient owner, string file) =>
        (JsonObject)(await owner.GetFromJsonAsync<JsonObject>($"/api/v1/files/{file}/shares"))!["items"]!.AsArray().Single()!;

    [Test]
    public async Task ALink_CountsOneDownload_AndItsGrantIsReadAsOftenAsWanted()
    {
        var (owner, file) = await UploadedAsync();
        var (id, url) = await ShareAsync(owner, file);
        Assert.That(url, Does.StartWith($"{Server.Url}s/"));

        var grant = await GrantAsync(url);
        Assert.That(await _anyone.GetByteArrayAsync(grant), Is.EqualTo(Bytes));
        using var resumed = new HttpRequestMessage(HttpMethod.Get, grant) { Headers = { Range = new(5_000, null) } };
        using var rest = await _anyone.SendAsync(resumed);
        Assert.That((rest.StatusCode, await rest.Content.ReadAsStringAsync()), Is.EqualTo((HttpStatusCode.PartialContent, "end")));
        using var head = await AskAsync(grant, HttpMethod.Head);
        Assert.That((head.StatusCode, head.Content.Headers.ContentLength), Is.EqualTo((HttpStatusCode.OK, (long?)Bytes.Length)));

        var share = await OnlyShareAsync(owner, file);
        Assert.That((share["id"]!.GetValue<string>(), share["downloads"]!.GetValue<long>(), share["hasPassword"]!.GetValue<bool>()), Is.EqualTo((id, 1L, false)));
        Assert.That(share.ToJsonString(), Does.Not.Contain(url[(url.LastIndexOf('/') + 1)..]), "no token");
        Assert.That(await Server.SqlAsync("SELECT action FROM file_audit WHERE file_id = @file AND actor = @actor", new { file, actor = $"share:{id}" }), Is.EqualTo(new[] { "download" }));
        owner.Dispose();
    }

    [Test]
    public async Task Head_TellsOfTheFile_AndCountsNothing()
    {
        var (owner, file) = await UploadedAsync();
        var (_, url) = await ShareAsync(owner, file, new { maxDownloads = 1 });
        for (var i = 0; i < 3; i++)
        {
            using var head = await AskAsync(url, HttpMethod.Head);
            Assert.That((head.StatusCode, head.Content.Headers.ContentLength, head.Headers.Location, head.Headers.ETag is not null), Is.EqualTo((HttpStatusCode.OK, (long?)Bytes.Length, (Uri?)null, true)));
        }
        await GrantAsync(url);
        Assert.That(await RefusalAsync(url), Is.EqualTo("expired"));
        owner.Dispose();
    }

    [Test]
    public async Task ManyAtOnce_GetNoMoreDownloadsThanThereAre()
    {
        var (owner, file) = await UploadedAsync();
        var (_, url) = await ShareAsync(owner, file, new { maxDownloads = 5 });
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => RefusalAsync(url)));
        Assert.That(answers.GroupBy(a => a).ToDictionary(g => g.Key!, g => g.Count()), Is.EqualTo(new Dictionary<string, int> { ["let in"] = 5, ["expired"] = 25 }));
        Assert.That((await OnlyShareAsync(owner, file))["downloads"]!.GetValue<long>(), Is.EqualTo(5));
        owner.Dispose();
    }

    [Test]
    public async Task AGrant_OutlivesTheCount_ButNotTheLink()
    {
        var (owner, file) = await UploadedAsync();
        var (id, url) = await ShareAsync(owner, file, new { maxDownloads = 1 });
        var grant = await GrantAsync(url);
        Assert.That((await RefusalAsync(url), await RefusalAsync(grant)), Is.EqualTo(("expired", "let in")));
        using var deleted = await owner.DeleteAsync($"/api/v1/files/{file}/shares/{id}");
        Assert.That(deleted.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await RefusalAsync(url), await RefusalAsync(grant)), Is.EqualTo(("not_found", "not_found")));
        using var again = await owner.DeleteAsync($"/api/v1/files/{file}/shares/{id}");
        Assert.That(await TestServer.CodeAsync(again), Is.EqualTo("not_found"));
        owner.Dispose();
    }

    [Test]
    public async Task AGrant_IsOfOneVersion()
    {
        var (owner, file) = await UploadedAsync();
        var (_, url) = await ShareAsync(owner, file);
        var first = await GrantAsync(url);
        await owner.UploadAsync("newer"u8.ToArray(), fileId: file);
        Assert.That((await _anyone.GetByteArrayAsync(first), await _anyone.GetStringAsync(await GrantAsync(url))), Is.EqualTo((Bytes, "newer")));
        owner.Dispose();
    }

    [Test]
    public async Task ALinkNobodyMade_IsNotThere()
    {
        var (owner, file) = await UploadedAsync();
        var (_, url) = await ShareAsync(owner, file);
        var grant = await GrantAsync(url);
        var forged = grant[..^5] + (grant[^5] == 'A' ? 'B' : 'A') + grant[^4..];
        foreach (var other in new[] { url[..^1], url + "A", $"{Server.Url}s/{new string('A', 43)}", $"{Server.Url}s/g/{new string('A', 120)}", $"{Server.Url}s/g/x", forged })
            Assert.That(await RefusalAsync(other), Is.EqualTo("not_found"), other);
        owner.Dispose();
    }

    [Test]
    public async Task WhatNobodyCouldHaveMeant_IsInvalid_AndEveryAnswerIsDiscreet()
    {
        using var junk = new ByteArrayContent("--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nope"u8.ToArray()) { Headers = { { "Content-Type", "multipart/form-data; boundary=x" } } };
        using var utf7 = new ByteArrayContent("password=a"u8.ToArray()) { Headers = { { "Content-Type", "application/x-www-form-urlencoded; charset=utf-7" } } };
        foreach (var body in new HttpContent[] { junk, utf7 })
        {
            using var answer = await AskAsync($"{Server.Url}s/{new string('A', 43)}", HttpMethod.Post, content: body);
            Assert.That(((int)answer.StatusCode, await TestServer.CodeAsync(answer)), Is.EqualTo((400, "invalid")));
            Assert.That((answer.Headers.GetValues("Referrer-Policy").Single(), answer.Headers.GetValues("X-Robots-Tag").Single()), Is.EqualTo(("no-referrer", "noindex")));
        }
    }

    [Test]
    public async Task APassword_IsAskedFor_ByHeaderOrByPage()
    {
        var (owner, file) = await UploadedAsync();
        var (_, url) = await ShareAsync(owner, file, new { password = "open sesame" });
        Assert.That((await RefusalAsync(url), await RefusalAsync(url, password: "wrong")), Is.EqualTo(("forbidden", "forbidden")));
        using var head = await AskAsync(url, HttpMethod.Head);
        Assert.That((head.StatusCode, head.Headers.ETag), Is.EqualTo((HttpStatusCode.Forbidden, (System.Net.Http.Headers.EntityTagHeaderValue?)null)));
        Assert.That(await _anyone.GetByteArrayAsync(await GrantAsync(url, "open sesame")), Is.EqualTo(Bytes));

        using var page = await AskAsync(url, accept: "text/html,*/*;q=0.8");
        Assert.That((page.StatusCode, page.Content.Headers.ContentType!.MediaType), Is.EqualTo((HttpStatusCode.Forbidden, "text/html")));
        Assert.That(page.Headers.GetValues("Content-Security-Policy").Single(), Does.StartWith("default-src 'none'; form-action 'self'"));
        Assert.That(await page.Content.ReadAsStringAsync(), Does.Contain("<form method=\"post\">").And.Not.Contain("shared.bin"));
        using var typed = await AskAsync(url, HttpMethod.Post, content: new FormUrlEncodedContent([new("password", "open sesame")]));
        Assert.That((typed.StatusCode, typed.Headers.Location!.ToString()[..5]), Is.EqualTo((HttpStatusCode.SeeOther, "/s/g/")));
        using var mistyped = await AskAsync(url, HttpMethod.Post, accept: "text/html", content: new FormUrlEncodedContent([new("password", "open")]));
        Assert.That(mistyped.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await mistyped.Content.ReadAsStringAsync(), Does.Contain("the password is wrong"));

        Assert.That((await OnlyShareAsync(owner, file)).ToJsonString(), Does.Contain("\"hasPassword\":true").And.Not.Contain("$").And.Not.Contain("sesame"));
        Assert.That(string.Concat(await Server.SqlAsync("SELECT token_hash || password_hash FROM share WHERE password_hash IS NOT NULL")), Does.Not.Contain("sesame").And.Not.Contain(url[(url.LastIndexOf('/') + 1)..]));
        owner.Dispose();
    }

    [Test]
    public async Task WrongPasswords_AreSlowedDown_AndTheRightOneIsNotCounted()
    {
        var (owner, file) = await UploadedAsync();
        var (_, url) = await ShareAsync(owner, file, new { password = "right" });
        for (var i = 0; i < 7; i++) Assert.That(await RefusalAsync(url, password: "right"), Is.EqualTo("let in"));
        var guesses = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => RefusalAsync(url, password: $"guess {i}")));
        Assert.That(guesses.Count(g => g == "forbidden"), Is.EqualTo(5));
        Assert.That(guesses.Count(g => g == "rate_limited"), Is.EqualTo(7));
        using var refused = await AskAsync(url, password: "right");
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, Is.InRange(1, 10));
        var (_, other) = await ShareAsync(owner, file, new { password = "right" });
        Assert.That(await RefusalAsync(other, password: "right"), Is.EqualTo("let in"), "another link is another matter");
        owner.Dispose();
    }

    [TestCase("""{"maxDownloads":0}""")]
    [TestCase("""{"expiresAt":"2020-01-01T00:00:00Z"}""")]
    [TestCase("""{"password":""}""")]
    [TestCase("""{"maxDownloads":"many"}""")]
    public async Task AWrongDraft_IsInvalid(string draft)
    {
        var (owner, file) = await UploadedAsync();
        using (owner)
        {
            using var answer = await owner.PostAsync($"/api/v1/files/{file}/shares", new StringContent(draft, Encoding.UTF8, "application/json"));
            Assert.That(await TestServer.CodeAsync(answer), Is.EqualTo("invalid"));
        }
    }

    [Test]
    public async Task OnlyOwners_Share_AndALinkEndsWithItsMakersRight()
    {
        var (owner, file) = await UploadedAsync();
        var user = NewUser();
        var (other, _) = await UploadedAsync(user);
        async Task<string?> TryAsync()
        {
            using var answer = await other.PostAsJsonAsync($"/api/v1/files/{file}/shares", new { });
            return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonObject>())!["url"]!.GetValue<string>() : await TestServer.CodeAsync(answer);
        }
        Task RoleAsync(long role) => Server.SqlAsync(
            """
            INSERT INTO file_permission (file_key, user_key, role, granted_by, created_at)
            SELECT f.file_key, u.user_key, @role, f.user_key, 0 FROM file f, user_account u WHERE f.id = @file AND u.id = @user
            ON CONFLICT (file_key, user_key) DO UPDATE SET role = @role
            """, new { role, file, user });

        Assert.That(await TryAsync(), Is.EqualTo("not_found"));
        await RoleAsync(2);
        Assert.That(await TryAsync(), Is.EqualTo("forbidden"));
        using (var list = await other.GetAsync($"/api/v1/files/{file}/shares")) Assert.That(await TestServer.CodeAsync(list), Is.EqualTo("forbidden"));
        await RoleAsync(3);
        var url = (await TryAsync())!;
        var grant = await GrantAsync(url);
        await RoleAsync(2);
        Assert.That((await RefusalAsync(url), await RefusalAsync(grant)), Is.EqualTo(("not_found", "not_found")));
        using var head = await AskAsync(url, HttpMethod.Head);
        Assert.That(head.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        owner.Dispose();
        other.Dispose();
    }
}
