using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.AspNetCore.SignalR.Client;
using RooCoord.Contracts;
using RooCoord.Testing;
using static RooCoord.Api.Tests.TusCalls;

namespace RooCoord.Api.Tests;

/// <summary>Requests that hang, break off or meet: what was received is kept, and the newest goes on.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
internal sealed class TusTakeoverTests(Engine engine) : EngineFixture(engine)
{
    private const int Length = 1_000_000;
    private const int Sent = 400_000;
    private static readonly byte[] Bytes = RandomNumberGenerator.GetBytes(Length);

    private sealed record User(string Name, string Token, HttpClient Http, string Upload) : IDisposable
    {
        public void Dispose() => Http.Dispose();
    }

    private async Task<User> UserAsync()
    {
        var name = NewUser();
        var token = await Server.UserTokenAsync(name);
        var http = Server.With(token);
        return new(name, token, http, await http.CreatedAsync(Create(Length)));
    }

    // A chunk of which 400,000 bytes were sent, and some are on the disk.
    private async Task<RawRequest> HangingAsync(User user, params (string Name, string Value)[] headers)
    {
        var raw = await RawRequest.BeginAsync(Server.Url, user.Token, "PATCH", user.Upload, Length, [("Upload-Offset", "0"), .. headers]);
        await raw.SendAsync(Bytes.AsMemory(0, Sent));
        await PollAsync(() => Task.FromResult(Server.SizeOf(user.Upload) > 0));
        return raw;
    }

    [Test]
    public async Task AHangingPatch_GivesWayToANewerOne_AtOnce_AndItsConnectionGoesOn()
    {
        using var user = await UserAsync();
        using var hanging = await HangingAsync(user);
        var since = Stopwatch.GetTimestamp();
        var stale = await user.Http.RefusalAsync(Chunk(user.Upload, 0, Bytes));
        Assert.That(await hanging.StatusAsync(), Is.EqualTo(423));
        Assert.That(Stopwatch.GetElapsedTime(since), Is.LessThan(TimeSpan.FromSeconds(3)));
        Assert.That(stale, Is.EqualTo((409, "conflict")), "judged by the offset as it stands");
        var offset = (int)await user.Http.OffsetAsync(user.Upload);
        // The rest of the body, and the next request on the same socket.
        await hanging.SendAsync(Bytes.AsMemory(Sent));
        await hanging.HeadAsync("PATCH", user.Upload, Length - offset, ("Upload-Offset", $"{offset}"));
        await hanging.SendAsync(Bytes.AsMemory(offset));
        Assert.That(await hanging.StatusAsync(), Is.EqualTo(204));
        Assert.That(Server.BytesOf(user.Upload), Is.EqualTo(Bytes));
    }

    [Test]
    public async Task AHangingPatch_GivesWayToADelete_AtOnce()
    {
        using var user = await UserAsync();
        using var hanging = await HangingAsync(user);
        var since = Stopwatch.GetTimestamp();
        using var deleted = await user.Http.SendAsync(With(HttpMethod.Delete, user.Upload));
        Assert.That(((int)deleted.StatusCode, await hanging.StatusAsync()), Is.EqualTo((204, 423)));
        Assert.That(Stopwatch.GetElapsedTime(since), Is.LessThan(TimeSpan.FromSeconds(3)));
    }

    [Test]
    public async Task AHangingPatch_GivesWayToAHead_WhichTellsAllThatCame()
    {
        using var user = await UserAsync();
        using var hanging = await HangingAsync(user);
        var since = Stopwatch.GetTimestamp();
        Assert.That(await user.Http.OffsetAsync(user.Upload), Is.EqualTo(Sent));
        Assert.That(Stopwatch.GetElapsedTime(since), Is.LessThan(TimeSpan.FromSeconds(3)));
        Assert.That(await hanging.StatusAsync(), Is.EqualTo(423));
    }

    [Test]
    public async Task APatchThatIsFlowing_KeepsTheUpload_AndAHeadIsToldToComeAgain()
    {
        // A machine that stops the client for as long as a silent one is waited for shows nothing.
        var paused = true;
        for (var attempt = 0; paused && attempt < 10; attempt++) paused = !await FlowsAsync();
        Assert.That(paused, Is.False, "the machine never let the client send for half a second");
    }

    // False when a pause of the machine's own may have made the request look silent.
    private async Task<bool> FlowsAsync()
    {
        using var user = await UserAsync();
        using var flowing = await RawRequest.BeginAsync(Server.Url, user.Token, "PATCH", user.Upload, Length, ("Upload-Offset", "0"));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var (sent, sentAt, longest) = (0, Stopwatch.GetTimestamp(), TimeSpan.Zero);
        async Task SendAsync()
        {
            await flowing.SendAsync(Bytes.AsMemory(sent++, 1));
            var pause = Stopwatch.GetElapsedTime(sentAt);
            (sentAt, longest) = (Stopwatch.GetTimestamp(), pause > longest ? pause : longest);
        }

        while (!Server.HasBegun(user.Upload) && await pace.WaitForNextTickAsync()) await SendAsync();
        var since = Stopwatch.GetTimestamp();
        var looking = user.Http.RefusalAsync(With(HttpMethod.Head, user.Upload));
        while (!looking.IsCompleted && await pace.WaitForNextTickAsync()) await SendAsync();
        if ((await looking).Status == 200 && longest > TimeSpan.FromMilliseconds(100)) return false;
        Assert.That((await looking).Status, Is.EqualTo(423));
        Assert.That(Stopwatch.GetElapsedTime(since), Is.InRange(TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(4)));
        await flowing.SendAsync(Bytes.AsMemory(sent));
        Assert.That(await flowing.StatusAsync(), Is.EqualTo(204));
        Assert.That(Server.BytesOf(user.Upload), Is.EqualTo(Bytes));
        return true;
    }

    [Test]
    public async Task WhatCameBeforeTheConnectionEnded_IsKept([Values] bool goodbye)
    {
        using var user = await UserAsync();
        using var broken = await HangingAsync(user);
        // A reset takes with it what the server had not taken from the kernel.
        var kept = goodbye ? Sent : Server.SizeOf(user.Upload);
        if (goodbye) broken.End();
        else broken.Reset();
        var offset = (int)await user.Http.OffsetAsync(user.Upload);
        Assert.That(offset, Is.InRange(kept, Sent));
        using var rest = await user.Http.SendAsync(Chunk(user.Upload, offset, Bytes.AsMemory(offset)));
        Assert.That((int)rest.StatusCode, Is.EqualTo(204));
        Assert.That(Server.BytesOf(user.Upload), Is.EqualTo(Bytes));
    }

    [Test]
    public async Task WhatCameJustBeforeTheGoodbye_IsKeptWhole()
    {
        using var user = await UserAsync();
        for (var round = 0; round < 20; round++)
        {
            var upload = await user.Http.CreatedAsync(Create(Length));
            using var broken = await RawRequest.BeginAsync(Server.Url, user.Token, "PATCH", upload, Length, ("Upload-Offset", "0"));
            await broken.SendAsync(Bytes.AsMemory(0, Sent));
            broken.End();
            await PollAsync(async () => await user.Http.OffsetAsync(upload) > 0);
            Assert.That(await user.Http.OffsetAsync(upload), Is.EqualTo(Sent), $"round {round}");
        }
    }

    [Test]
    public async Task OfAChunkWithAChecksum_NothingIsKept_WhenItsConnectionEnds()
    {
        using var user = await UserAsync();
        using var broken = await HangingAsync(user, ("Upload-Checksum", $"sha256 {Convert.ToBase64String(SHA256.HashData(Bytes))}"));
        broken.End();
        Assert.That(await user.Http.OffsetAsync(user.Upload), Is.Zero);
        Assert.That(Server.SizeOf(user.Upload), Is.Zero, "nobody would be counted for it");
        using var again = await user.Http.SendAsync(Chunk(user.Upload, 0, Bytes, ("Upload-Checksum", $"sha256 {Convert.ToBase64String(SHA256.HashData(Bytes))}")));
        Assert.That((int)again.StatusCode, Is.EqualTo(204));
        Assert.That(Server.BytesOf(user.Upload), Is.EqualTo(Bytes));
    }

    [Test]
    public async Task ACreation_WhoseBytesBreakOff_KeepsThem()
    {
        using var user = await UserAsync();
        await using var watcher = await Server.ConnectAsync(user.Name);
        var heard = new TaskCompletionSource<UploadProgress>(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Hub.On<UploadProgress>(nameof(IDeviceClient.UploadProgress), progress =>
        {
            if (progress.ReceivedBytes > 0) heard.TrySetResult(progress);
        });
        using var broken = await RawRequest.BeginAsync(Server.Url, user.Token, "POST", Uploads, Length, ("Upload-Length", $"{Length}"));
        await broken.SendAsync(Bytes.AsMemory(0, Sent));
        broken.End();
        var upload = $"{Uploads}/{(await heard.Task.WaitAsync(TestDevice.Patience)).UploadId}";
        Assert.That(await user.Http.OffsetAsync(upload), Is.EqualTo(Sent));
    }

    [Test]
    public async Task TwoPatchesAtOneOffset_EndInTheBytesOfOneOfThem()
    {
        using var user = await UserAsync();
        byte[][] bodies = [[.. Enumerable.Repeat((byte)'a', Length)], [.. Enumerable.Repeat((byte)'b', Length)]];
        for (var round = 0; round < 25; round++)
        {
            var upload = await user.Http.CreatedAsync(Create(Length));
            var answers = await Task.WhenAll(bodies.Select(body => Task.Run(() => user.Http.RefusalAsync(Chunk(upload, 0, body)))));
            Assert.That(answers.Select(a => a.Status), Is.SubsetOf(new[] { 204, 409, 423 }));
            Assert.That(answers.Count(a => a.Status == 204), Is.LessThanOrEqualTo(1));
            var offset = await user.Http.OffsetAsync(upload);
            var bytes = Server.BytesOf(upload).AsSpan(0, (int)offset);
            Assert.That(offset == 0 || bytes.IndexOfAnyExcept(bytes[0]) < 0, "bytes of one of them");
            if (answers.FirstOrDefault(a => a.Status == 204).Status == 204) Assert.That(offset, Is.EqualTo(Length));
            using var gone = await user.Http.SendAsync(With(HttpMethod.Delete, upload));
        }
    }

    [Test]
    public async Task AnUpload_PublishedByAServerThatDiedThen_GoesOnFromWhatWasCommitted()
    {
        using var user = await UserAsync();
        using var some = await user.Http.SendAsync(Chunk(user.Upload, 0, Bytes.AsMemory(0, Sent)));
        Server.Publish(user.Upload, Bytes);
        Assert.That(await user.Http.OffsetAsync(user.Upload), Is.EqualTo(Sent));
        using var rest = await user.Http.SendAsync(Chunk(user.Upload, Sent, Bytes.AsMemory(Sent)));
        Assert.That((int)rest.StatusCode, Is.EqualTo(204));
        Assert.That(Server.BytesOf(user.Upload), Is.EqualTo(Bytes));
    }

    private static async Task PollAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TestDevice.Patience);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await holds()) await pace.WaitForNextTickAsync(limit.Token);
    }
}
