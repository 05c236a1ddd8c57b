using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests.Cluster;

/// <summary>Redis is away: all goes on, by way of the database.</summary>
public sealed class WithoutRedisTests : ClusterFixture
{
    // Found by a look each second, on a machine that does other things.
    private static readonly TimeSpan Found = TimeSpan.FromSeconds(4);
    private readonly OwnRedis _redis = new();

    protected override string Redis => _redis.Endpoint;

    [OneTimeTearDown]
    public void StopRedis() => _redis.Dispose();

    [Test]
    public async Task Messages_AreFound_AndADeviceMoves_AndARevokedOneIsCut()
    {
        var user = NewUser();
        var (a, b) = await PairAsync(user);
        await using var _ = a;
        for (var i = 0; i < 5; i++)
        {
            var sent = Stopwatch.GetTimestamp();
            await a.SendToAsync(b.Id, body: i);
            Assert.That((await b.NextAsync()).Seq, Is.EqualTo(i + 1));
            Assert.That(Stopwatch.GetElapsedTime(sent), Is.LessThan(Found));
        }
        await using var moved = await MoveAsync(b, A);
        await moved.ResumeAsync();
        Assert.That((await moved.NextAsync(5)).Select(m => m.Seq), Is.EqualTo(new long?[] { 1, 2, 3, 4, 5 }));
        Assert.That(await b.EndReason, Is.EqualTo(SessionEndReasons.Replaced));
        using var http = B.With(await B.UserTokenAsync(user));
        using var answer = await http.DeleteAsync($"/api/v1/devices/{b.Id}");
        Assert.That(await moved.EndReason.WaitAsync(TimeSpan.FromSeconds(5)), Is.EqualTo(SessionEndReasons.Revoked));
    }

    [Test]
    public async Task Nodes_AreReady_AndSayWhatIsMissing()
    {
        using var answer = await A.Http.GetAsync("/health/ready");
        var health = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        var redis = health["checks"]!.AsArray().Single(c => c!["name"]!.GetValue<string>() == "redis")!;
        Assert.That(((int)answer.StatusCode, health["status"]!.GetValue<string>(), redis["status"]!.GetValue<string>()), Is.EqualTo((200, "degraded", "degraded")));
    }
}
