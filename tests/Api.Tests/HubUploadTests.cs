using System.Security.Cryptography;
using Microsoft.AspNetCore.SignalR.Client;
using RooCoord.Contracts;
using RooCoord.Testing;
using static RooCoord.Api.Tests.TusCalls;

namespace RooCoord.Api.Tests;

/// <summary><c>UploadChunk</c>: the same uploads as with PATCH.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
internal sealed class HubUploadTests(Engine engine) : EngineFixture(engine)
{
    private static Task<long> ChunkAsync(TestDevice device, string upload, long offset, byte[] bytes) =>
        RawAsync(device, upload[(upload.LastIndexOf('/') + 1)..], offset, Convert.ToBase64String(bytes));

    private static Task<long> RawAsync(TestDevice device, object? upload, object? offset, object? base64) =>
        device.Hub.InvokeCoreAsync<long>(nameof(IDeviceHub.UploadChunk), [upload, offset, base64]);

    [Test]
    public async Task AFile_ComesInLargeChunks_ByHubAndByPatch()
    {
        var user = NewUser();
        using var http = Server.With(await Server.UserTokenAsync(user));
        await using var device = await Server.ConnectAsync(user);
        var bytes = RandomNumberGenerator.GetBytes(3 << 20);
        var upload = await http.CreatedAsync(Create(bytes.Length));
        Assert.That(await ChunkAsync(device, upload, 0, bytes[..(1 << 20)]), Is.EqualTo(1 << 20));
        using var patched = await http.SendAsync(Chunk(upload, 1 << 20, bytes.AsMemory(1 << 20, 1 << 20)));
        Assert.That(patched.Offset(), Is.EqualTo(2 << 20));
        Assert.That(await ChunkAsync(device, upload, 2 << 20, bytes[(2 << 20)..]), Is.EqualTo(3 << 20));
        using var head = await http.SendAsync(With(HttpMethod.Head, upload));
        Assert.That(head.Header("Content-Location"), Does.StartWith("/api/v1/files/"));
        Assert.That(Server.BytesOf(upload), Is.EqualTo(bytes));
    }

    [Test]
    public async Task ChunksThatDoNotWaitForAnswers_FollowEachOther()
    {
        var user = NewUser();
        using var http = Server.With(await Server.UserTokenAsync(user));
        await using var device = await Server.ConnectAsync(user);
        var bytes = RandomNumberGenerator.GetBytes(20 * 10_000);
        var upload = await http.CreatedAsync(Create(bytes.Length));
        var offsets = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => ChunkAsync(device, upload, i * 10_000, bytes[(i * 10_000)..((i + 1) * 10_000)])));
        Assert.That(offsets, Is.EqualTo(Enumerable.Range(1, 20).Select(i => i * 10_000L)));
        Assert.That(Server.BytesOf(upload), Is.EqualTo(bytes));
    }

    [Test]
    public async Task WhatIsWrong_IsToldWithTheSameCodes()
    {
        var user = NewUser();
        using var http = Server.With(await Server.UserTokenAsync(user));
        await using var device = await Server.ConnectAsync(user);
        await using var stranger = await Server.ConnectAsync(NewUser());
        var upload = await http.CreatedAsync(Create(10));
        Assert.That(await CodeOfAsync(ChunkAsync(device, upload, 3, new byte[4])), Is.EqualTo("conflict"));
        Assert.That(await CodeOfAsync(ChunkAsync(device, upload, -1, new byte[4])), Is.AnyOf("invalid", "conflict"));
        Assert.That(await CodeOfAsync(ChunkAsync(device, upload, 0, new byte[11])), Is.EqualTo("too_large"));
        Assert.That(await CodeOfAsync(ChunkAsync(stranger, upload, 0, new byte[4])), Is.EqualTo("not_found"));
        Assert.That(await CodeOfAsync(RawAsync(device, upload[(upload.LastIndexOf('/') + 1)..], 0, "not*base64")), Is.EqualTo("invalid"));
        Assert.That(await CodeOfAsync(RawAsync(device, upload[(upload.LastIndexOf('/') + 1)..], 0, null)), Is.EqualTo("invalid"));
        Assert.That(await CodeOfAsync(RawAsync(device, null, 0, "")), Is.EqualTo("invalid"));
        Assert.That(await http.OffsetAsync(upload), Is.Zero);
        Assert.That(device.Hub.State, Is.EqualTo(HubConnectionState.Connected));
    }
}
