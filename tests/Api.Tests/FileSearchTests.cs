using System.Net.Http.Json;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class FileSearchTests(Engine engine) : EngineFixture(engine)
{
    private async Task<HttpClient> UserAsync(string? user = null) => Server.With(await Server.UserTokenAsync(user ?? NewUser()));

    [Test]
    public async Task Words_AllMustMatch_AsPrefixes_InNameTagsAndDescription()
    {
        using var http = await UserAsync();
        await http.UploadAsync("Quarterly-Report_2026.txt", tags: "Finance,board meeting");
        await http.UploadAsync("holiday.txt", description: "Photos of the Report cards, Ärger inbegriffen");
        await http.UploadAsync("notes.txt", tags: "finance");
        foreach (var (query, expected) in new (string, string[])[]
        {
            ("report", ["holiday.txt", "Quarterly-Report_2026.txt"]), ("REPO", ["holiday.txt", "Quarterly-Report_2026.txt"]), ("report fin", ["Quarterly-Report_2026.txt"]),
            ("eport", []), ("2026", ["Quarterly-Report_2026.txt"]), ("finance", ["notes.txt", "Quarterly-Report_2026.txt"]), ("meeting", ["Quarterly-Report_2026.txt"]),
            ("ärg", ["holiday.txt"]), ("a\u0308rg", ["holiday.txt"]), ("report absent", []), ("%", []), ("' OR 1=1", []), ("   ", ["holiday.txt", "notes.txt", "Quarterly-Report_2026.txt"]),
        })
            Assert.That(await http.NamesAsync($"sort=name&q={Uri.EscapeDataString(query)}"), Is.EqualTo(expected), query);
    }

    [Test]
    public async Task Filters_ByTypeTagSizeAndDate_NarrowTogether()
    {
        using var http = await UserAsync();
        await http.UploadAsync("a.txt", "12345", "text/plain", "red,dark blue");
        await http.UploadAsync("b.csv", "1234567890", "text/csv", "red");
        await http.UploadAsync("c.json", "{}", "application/json", "Red");
        var types = (await http.FindAsync("sort=name")).Items.Select(f => f.MimeType).ToArray();
        foreach (var (query, expected) in new (string, string[])[]
        {
            ($"type={types[0]}", ["a.txt"]), ("type=text/*", ["a.txt", "b.csv"]), ("type=TEXT/*", ["a.txt", "b.csv"]), ("type=image/*", []), ("tag=red", ["a.txt", "b.csv"]), ("tag=dark%20blue", ["a.txt"]),
            ("tag=red&tag=dark%20blue", ["a.txt"]), ("tag=dark", []), ("minSize=5", ["a.txt", "b.csv"]), ("maxSize=5", ["a.txt", "c.json"]), ("minSize=5&maxSize=5", ["a.txt"]),
            ("after=2000-01-01", ["a.txt", "b.csv", "c.json"]), ("before=2000-01-01T00:00:00Z", []), ("tag=red&minSize=6&q=b&type=text/*", ["b.csv"]), ("owner=me&q=json", ["c.json"]), ("owner=shared", []),
        })
            Assert.That(await http.NamesAsync($"{query}&sort=name"), Is.EqualTo(expected), query);
        foreach (var bad in new[] { "minSize=-1", "minSize=x", "type=text", "after=yesterday", "sort=colour", "limit=0", "limit=201", "cursor=zzz", "owner=", $"q={new string('a', 300)}" })
        {
            using var answer = await http.GetAsync($"/api/v1/files?{bad}");
            Assert.That(await TestServer.CodeAsync(answer), Is.EqualTo("invalid"), bad);
        }
    }

    [TestCase("name")]
    [TestCase("-name")]
    [TestCase("size")]
    [TestCase("-size")]
    [TestCase("createdAt")]
    [TestCase("-createdAt")]
    [TestCase("updatedAt")]
    [TestCase("-updatedAt")]
    public async Task Paging_InEveryOrder_ShowsEachFileOnce_ThoughFilesComeAndGo(string sort)
    {
        using var http = await UserAsync();
        var ids = new List<string>();
        for (var i = 0; i < 7; i++) ids.Add(await http.UploadAsync($"{(i % 2 == 0 ? "Z" : "a")}{i}.txt", new string('x', 1 + (i % 3))));
        var whole = (await http.FindAsync($"sort={sort}")).Items;
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await http.FindAsync($"sort={sort}&limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            if (seen.Count == 0)
            {
                await http.UploadAsync("m-new.txt", "xx");
                using var gone = await http.DeleteAsync($"/api/v1/files/{page.Items[^1].Id}");
            }
            seen.AddRange(page.Items.Select(f => f.Id));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        Assert.That(seen, Is.Unique);
        Assert.That(seen.Where(ids.Contains), Is.EqualTo(whole.Select(f => f.Id)), "those that were there all the time, in order");
        var keys = whole.Select(f => sort.TrimStart('-') switch { "name" => f.Name.ToLowerInvariant(), "size" => $"{f.Size:D9}", "createdAt" => Wire.Format(f.CreatedAt), _ => Wire.Format(f.UpdatedAt) });
        Assert.That(keys, sort[0] == '-' ? Is.Ordered.Descending : Is.Ordered.Ascending);
    }

    [Test]
    public async Task ACursor_OfAnotherQueryOrUser_IsInvalid()
    {
        using var http = await UserAsync();
        for (var i = 0; i < 3; i++) await http.UploadAsync($"file{i}.txt");
        var cursor = (await http.FindAsync("limit=1&q=file")).NextCursor;
        using var other = await UserAsync();
        foreach (var (client, query) in new[] { (http, "limit=1&q=files"), (http, "limit=1"), (http, "q=file&sort=name"), (http, "q=file&tag=x"), (other, "q=file") })
        {
            using var answer = await client.GetAsync($"/api/v1/files?{query}&cursor={cursor}");
            Assert.That(await TestServer.CodeAsync(answer), Is.EqualTo("invalid"), query);
        }
        Assert.That((await http.FindAsync($"limit=2&q=file&cursor={cursor}")).Items, Has.Count.EqualTo(2), "another limit is the same query");
    }

    [Test]
    public async Task SharedFiles_StandAmongOwnOnes_AndCanBeAskedForAlone()
    {
        var (alice, bob) = (NewUser(), NewUser());
        using var hers = await UserAsync(alice);
        using var his = await UserAsync(bob);
        var shared = await hers.UploadAsync("beta.txt", tags: "x");
        await hers.UploadAsync("secret beta.txt");
        await his.UploadAsync("alpha.txt");
        await his.UploadAsync("gamma.txt");
        using var granted = await hers.ShareAsync(shared, bob, "viewer");
        Assert.That((int)granted.StatusCode, Is.EqualTo(200));
        Assert.That(await his.NamesAsync("sort=name"), Is.EqualTo(new[] { "alpha.txt", "beta.txt", "gamma.txt" }));
        Assert.That(await his.NamesAsync("sort=-name&limit=2"), Is.EqualTo(new[] { "gamma.txt", "beta.txt" }));
        Assert.That(await his.NamesAsync("q=beta"), Is.EqualTo(new[] { "beta.txt" }));
        Assert.That(await his.NamesAsync("tag=x"), Is.EqualTo(new[] { "beta.txt" }));
        Assert.That(await his.NamesAsync("owner=shared"), Is.EqualTo(new[] { "beta.txt" }));
        Assert.That(await his.NamesAsync($"owner={alice}"), Is.EqualTo(new[] { "beta.txt" }));
        Assert.That(await his.NamesAsync("owner=me&sort=name"), Is.EqualTo(new[] { "alpha.txt", "gamma.txt" }));
        var file = (await his.FindAsync("owner=shared")).Items[0];
        Assert.That((file.OwnerId, file.Role), Is.EqualTo((alice, "viewer")));
    }

    [Test]
    public async Task AfterAPatch_OldWordsAndTags_FindNothing()
    {
        using var http = await UserAsync();
        var id = await http.UploadAsync("before.txt", tags: "old", description: "first");
        using var patched = await http.PatchAsJsonAsync($"/api/v1/files/{id}", new { name = "after.txt", tags = new[] { "new" }, description = (string?)null });
        foreach (var query in new[] { "q=before", "q=old", "q=first", "tag=old" }) Assert.That(await http.NamesAsync(query), Is.Empty, query);
        foreach (var query in new[] { "q=after", "q=new", "tag=new" }) Assert.That(await http.NamesAsync(query), Is.EqualTo(new[] { "after.txt" }), query);
    }
}
