using System.Net;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class UploadQuotaTests(Engine engine) : EngineFixture(engine)
{
    protected override string[] Settings =>
        ["--RooCoord:Limits:UserBytes=1000", "--RooCoord:Limits:FileBytes=900", "--RooCoord:Files:OpenUploads=4", "--RooCoord:Files:DeniedTypes=text/html"];

    [Test]
    public async Task TwoUploadsAtOnce_DoNotBothGetTheLastRoom()
    {
        using var http = Server.With(await Server.UserTokenAsync(NewUser()));
        var answers = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => http.BeginAsync(600)));
        Assert.That(answers.Select(a => a.StatusCode), Is.EquivalentTo(new[] { HttpStatusCode.Created, HttpStatusCode.RequestEntityTooLarge }));
        Assert.That(await TestServer.CodeAsync(answers.Single(a => !a.IsSuccessStatusCode)), Is.EqualTo("too_large"));
    }

    [Test]
    public async Task WhatIsStored_Announced_OrBroughtWithoutALength_Counts_AndWhatIsTakenBackDoesNot()
    {
        using var http = Server.With(await Server.UserTokenAsync(NewUser()));
        await http.UploadedAsync(new byte[400]);
        var announced = await http.BegunAsync(300);
        var deferred = await http.BegunAsync(-1);
        Assert.That(await http.AppendedAsync(deferred, 0, new byte[200]), Is.EqualTo((204, (string?)null)));
        Assert.That(await http.AppendedAsync(deferred, 200, new byte[101]), Is.EqualTo((413, "too_large")), "900 and 101 are more than 1000");
        Assert.That(await http.AppendedAsync(deferred, 200, new byte[10], 301), Is.EqualTo((413, "too_large")));
        using (var more = await http.BeginAsync(101)) Assert.That((int)more.StatusCode, Is.EqualTo(413));
        await http.TerminateAsync(announced);
        Assert.That(await http.AppendedAsync(deferred, 200, new byte[101], 301), Is.EqualTo((204, (string?)null)));
        using (var rest = await http.BeginAsync(300)) Assert.That((int)rest.StatusCode, Is.EqualTo(413), "701 are stored");
        using var last = await http.BeginAsync(299);
        Assert.That((int)last.StatusCode, Is.EqualTo(201));
    }

    [Test]
    public async Task ARefusedUpload_GivesItsRoomBack()
    {
        using var http = Server.With(await Server.UserTokenAsync(NewUser()));
        for (var i = 0; i < 3; i++)
        {
            var page = new byte[800];
            "<html>"u8.CopyTo(page);
            var upload = await http.BegunAsync(page.Length);
            Assert.That(await http.AppendedAsync(upload, 0, page), Is.EqualTo((415, "unsupported_type")));
        }
    }

    [Test]
    public async Task PartsAndTheFileMadeOfThem_CountOnce()
    {
        using var http = Server.With(await Server.UserTokenAsync(NewUser()));
        var parts = new[] { await http.UploadedAsync(new byte[400], concat: "partial"), await http.UploadedAsync(new byte[400], concat: "partial") };
        using (var more = await http.BeginAsync(201)) Assert.That((int)more.StatusCode, Is.EqualTo(413), "parts that wait count");
        await http.BegunAsync(-1, concat: $"final;{string.Join(' ', parts)}");
        using (var more = await http.BeginAsync(201)) Assert.That((int)more.StatusCode, Is.EqualTo(413));
        using var rest = await http.BeginAsync(200);
        Assert.That((int)rest.StatusCode, Is.EqualTo(201));
    }

    [Test]
    public async Task PartsUsedOnceMore_CountOnceMore()
    {
        using var http = Server.With(await Server.UserTokenAsync(NewUser()));
        var final = $"final;{await http.UploadedAsync(new byte[600], concat: "partial")}";
        await http.BegunAsync(-1, concat: final);
        using (var again = await http.BeginAsync(-1, concat: final)) Assert.That((int)again.StatusCode, Is.EqualTo(413));
        using var rest = await http.BeginAsync(400);
        Assert.That((int)rest.StatusCode, Is.EqualTo(201));
    }

    [Test]
    public async Task WhatTheOwnerAnnounced_KeepsItsRoom()
    {
        var editor = NewUser();
        using var his = Server.With(await Server.UserTokenAsync(NewUser()));
        using var http = Server.With(await Server.UserTokenAsync(editor));
        var id = await his.UploadAsync("a.txt", "x");
        (await his.ShareAsync(id, editor, "editor")).EnsureSuccessStatusCode();
        await his.BegunAsync(800);
        using (var more = await http.UploadAnswerAsync("a.txt", new string('y', 200), fileId: id)) Assert.That((int)more.StatusCode, Is.EqualTo(413));
        var part = await his.UploadedAsync(new byte[100], concat: "partial");
        using var final = await his.BeginAsync(-1, concat: $"final;{part} {part}");
        Assert.That((int)final.StatusCode, Is.EqualTo(413));
    }

    [Test]
    public async Task AVersionByAnEditor_CountsToTheOwner_AndIsRefusedWithoutRoom()
    {
        var editor = NewUser();
        using var his = Server.With(await Server.UserTokenAsync(NewUser()));
        using var http = Server.With(await Server.UserTokenAsync(editor));
        var id = await his.UploadAsync("a.txt", new string('x', 800));
        (await his.ShareAsync(id, editor, "editor")).EnsureSuccessStatusCode();
        using (var more = await http.UploadAnswerAsync("a.txt", new string('y', 201), fileId: id)) Assert.That((int)more.StatusCode, Is.EqualTo(413));
        Assert.That((await http.FileAsync(id)).Version, Is.EqualTo(1));
        using (var fits = await http.UploadAnswerAsync("a.txt", new string('y', 200), fileId: id)) Assert.That((int)fits.StatusCode, Is.EqualTo(201));
        Assert.That((await his.FileAsync(id)).Version, Is.EqualTo(2));
    }

    [Test]
    public async Task TooManyUnfinishedUploads_AreRefused_AndTheirLengthsMayStillBeSet()
    {
        using var http = Server.With(await Server.UserTokenAsync(NewUser()));
        var first = await http.BegunAsync(-1);
        for (var i = 0; i < 3; i++) await http.BegunAsync(1);
        using (var fifth = await http.BeginAsync(1)) Assert.That(((int)fifth.StatusCode, await TestServer.CodeAsync(fifth)), Is.EqualTo((429, "rate_limited")));
        using (var told = await http.BeginAsync(1)) Assert.That(told.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromMinutes(1)));
        Assert.That(await http.AppendedAsync(first, 0, new byte[1], 1), Is.EqualTo((204, (string?)null)));
    }

    [TestCase(901, 413), TestCase(900, 201)]
    public async Task AFile_HasAtMostItsLimit(long length, int status)
    {
        using var http = Server.With(await Server.UserTokenAsync(NewUser()));
        using var answer = await http.BeginAsync(length);
        Assert.That((int)answer.StatusCode, Is.EqualTo(status));
    }

    [Test]
    public async Task AMegabyteOfName_IsRefused_AndTheServerGoesOn()
    {
        using var http = Server.With(await Server.UserTokenAsync(NewUser()));
        using (var huge = await http.BeginAsync(1, new string('x', 1 << 20))) Assert.That((int)huge.StatusCode, Is.EqualTo(431));
        using (var large = await http.BeginAsync(1, new string('x', 8_000))) Assert.That((int)large.StatusCode, Is.EqualTo(400));
        using var long255 = await http.BeginAsync(1, new string('x', 6_000));
        Assert.That((int)long255.StatusCode, Is.EqualTo(201), "it is cut");
    }
}
