using System.Security.Cryptography;
using RooCoord.Testing;
using static RooCoord.Api.Tests.TusCalls;

namespace RooCoord.Api.Tests.Cluster;

/// <summary>An upload goes on whichever node its requests come to.</summary>
[TestFixture(true)]
[TestFixture(false)]
internal sealed class UploadsAcrossNodesTests(bool withRedis) : ClusterFixture(withRedis)
{
    private const int Length = 1_000_000;
    private const int Sent = 400_000;
    private static readonly byte[] Bytes = RandomNumberGenerator.GetBytes(Length);

    // One token is good for both nodes.
    private async Task<(string Token, HttpClient OnA, HttpClient OnB)> UserAsync(string? user = null)
    {
        var token = await A.UserTokenAsync(user ?? NewUser());
        return (token, A.With(token), B.With(token));
    }

    [Test]
    public async Task Chunks_OnBothNodesInTurn_BecomeTheFile()
    {
        var user = NewUser();
        var (_, onA, onB) = await UserAsync(user);
        await using var device = await B.ConnectAsync(user, "watching");
        var progress = device.WatchUploads();
        var upload = await onA.CreatedAsync(Create(Length));
        const int chunk = 100_000;
        for (var at = 0; at < Length; at += chunk)
        {
            var http = at / chunk % 2 == 0 ? onA : onB;
            Assert.That(await http.OffsetAsync(upload), Is.EqualTo(at));
            using var answer = await http.SendAsync(Chunk(upload, at, Bytes.AsMemory(at, chunk)));
            Assert.That((int)answer.StatusCode, Is.EqualTo(204));
        }
        using var file = await onA.SendAsync(With(HttpMethod.Head, upload));
        Assert.That(await onB.GetByteArrayAsync($"{file.Header("Content-Location")}/content"), Is.EqualTo(Bytes));
        var told = await progress.NextAsync();
        while (told.State == "uploading")
        {
            var next = await progress.NextAsync();
            Assert.That(next.ReceivedBytes, Is.GreaterThanOrEqualTo(told.ReceivedBytes));
            told = next;
        }
        Assert.That((told.State, told.ReceivedBytes), Is.EqualTo(("completed", (long)Length)));
    }

    [Test]
    public async Task AHangingPatch_GivesWayToANewerOneOnTheOtherNode_AndKeepsItsBytes()
    {
        var (token, onA, onB) = await UserAsync();
        var upload = await onA.CreatedAsync(Create(Length));
        using var hanging = await RawRequest.BeginAsync(A.Url, token, "PATCH", upload, Length, ("Upload-Offset", "0"));
        await hanging.SendAsync(Bytes.AsMemory(0, Sent));
        while (A.SizeOf(upload) == 0) await Task.Yield();
        Assert.That(await onB.RefusalAsync(Chunk(upload, 0, Bytes)), Is.EqualTo((409, "conflict")));
        Assert.That(await hanging.StatusAsync(), Is.EqualTo(423));
        var offset = (int)await onB.OffsetAsync(upload);
        Assert.That(offset, Is.GreaterThan(0));
        using var answer = await onB.SendAsync(Chunk(upload, offset, Bytes.AsMemory(offset)));
        Assert.That((int)answer.StatusCode, Is.EqualTo(204));
        Assert.That(A.BytesOf(upload), Is.EqualTo(Bytes));
    }

    [Test]
    public async Task Head_OnTheOtherNode_TakesASilentPatch()
    {
        var (token, onA, onB) = await UserAsync();
        var upload = await onA.CreatedAsync(Create(Length));
        using var hanging = await RawRequest.BeginAsync(A.Url, token, "PATCH", upload, Length, ("Upload-Offset", "0"));
        await hanging.SendAsync(Bytes.AsMemory(0, Sent));
        while (A.SizeOf(upload) == 0) await Task.Yield();
        Assert.That(await onB.OffsetAsync(upload), Is.EqualTo(Sent));
        Assert.That(await hanging.StatusAsync(), Is.EqualTo(423));
    }

    [Test]
    public async Task Delete_OnTheOtherNode_EndsThePatch()
    {
        var (token, onA, onB) = await UserAsync();
        var upload = await onA.CreatedAsync(Create(Length));
        using var hanging = await RawRequest.BeginAsync(A.Url, token, "PATCH", upload, Length, ("Upload-Offset", "0"));
        await hanging.SendAsync(Bytes.AsMemory(0, Sent));
        while (A.SizeOf(upload) == 0) await Task.Yield();
        using var deleted = await onB.SendAsync(With(HttpMethod.Delete, upload));
        Assert.That((int)deleted.StatusCode, Is.EqualTo(204));
        Assert.That(await hanging.StatusAsync(), Is.EqualTo(423));
        Assert.That((await onA.RefusalAsync(With(HttpMethod.Head, upload))).Status, Is.EqualTo(404));
    }
}
