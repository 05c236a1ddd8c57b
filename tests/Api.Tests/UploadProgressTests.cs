using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class UploadProgressTests(Engine engine) : EngineFixture(engine)
{
    protected override string[] Settings => ["--RooCoord:Files:DeniedTypes=text/html"];

    [Test]
    public async Task Progress_ComesToAllDevicesOfTheUser_AndToNobodyElses()
    {
        var (user, other) = (NewUser(), NewUser());
        await using var one = await Server.ConnectAsync(user);
        await using var two = await Server.ConnectAsync(user);
        await using var stranger = await Server.ConnectAsync(other);
        var (seenByOne, seenByTwo, seenByStranger) = (one.WatchUploads(), two.WatchUploads(), stranger.WatchUploads());
        using var http = Server.With(await Server.UserTokenAsync(user));
        var upload = await http.BegunAsync(30, "my.bin");
        await http.AppendedAsync(upload, 0, new byte[10]);
        await http.AppendedAsync(upload, 10, new byte[20]);
        foreach (var seen in new[] { seenByOne, seenByTwo })
        {
            var (first, last) = (await seen.NextAsync(), await seen.NextAsync());
            Assert.That((first.UploadId, first.Filename, first.ReceivedBytes, first.TotalBytes, first.State, first.FileId),
                Is.EqualTo((upload.Split('/')[^1], "my.bin", 10L, (long?)30, "uploading", (string?)null)));
            Assert.That((last.ReceivedBytes, last.State, last.FileId is null), Is.EqualTo((30L, "completed", false)));
        }
        // What the stranger's device is told first is of its own user.
        using var others = Server.With(await Server.UserTokenAsync(other));
        await others.UploadedAsync([1, 2, 3], "theirs");
        Assert.That((await seenByStranger.NextAsync()).Filename, Is.EqualTo("theirs"));
    }

    [Test]
    public async Task ATerminatedUpload_IsCancelled_AndARefusedOneFailed()
    {
        var user = NewUser();
        await using var device = await Server.ConnectAsync(user);
        var seen = device.WatchUploads();
        using var http = Server.With(await Server.UserTokenAsync(user));
        var cancelled = await http.BegunAsync(30);
        await http.TerminateAsync(cancelled);
        Assert.That((await seen.NextAsync()).State, Is.EqualTo(UploadStates.Cancelled));

        var page = "<!doctype html><p>"u8.ToArray();
        var refused = await http.BegunAsync(page.Length, "page.png", "image/png");
        Assert.That(await http.AppendedAsync(refused, 0, page), Is.EqualTo((415, "unsupported_type")));
        var failed = await seen.NextAsync();
        Assert.That((failed.State, failed.FileId), Is.EqualTo((UploadStates.Failed, (string?)null)));
        Assert.That((int)await http.LookAsync(refused), Is.EqualTo(410), "it is over for good");
    }
}
