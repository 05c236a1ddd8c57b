using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests.Cluster;

/// <summary>What is ended by way of one node ends on the other; and expiry knows what is in flight there.</summary>
[TestFixture(true)]
[TestFixture(false)]
public sealed class EndingAcrossNodesTests(bool withRedis) : ClusterFixture(withRedis)
{
    [Test]
    public async Task RevokedDevice_IsCut_OnTheOtherNode()
    {
        var user = NewUser();
        await using var b = await B.ConnectAsync(user, "b");
        using var http = A.With(await A.UserTokenAsync(user));
        using var answer = await http.DeleteAsync($"/api/v1/devices/{b.Id}");
        Assert.That(await b.EndReason.WaitAsync(TimeSpan.FromSeconds(1)), Is.EqualTo(SessionEndReasons.Revoked));
        await b.Closed;
    }

    [Test]
    public async Task EndedSession_IsCut_OnTheOtherNode()
    {
        var user = NewUser();
        await using var b = await B.ConnectAsync(user, "b");
        using var http = A.With(await A.UserTokenAsync(user));
        using var answer = await http.DeleteAsync("/api/v1/sessions");
        Assert.That(await b.EndReason, Is.EqualTo(SessionEndReasons.Ended));
        await b.Closed;
    }

    [Test]
    public async Task DisabledUser_IsCut_OnBothNodes()
    {
        var user = NewUser();
        var (a, b) = await PairAsync(user);
        using var http = A.With(await A.UserTokenAsync("root", "admin"));
        using var answer = await http.PostAsync($"/api/v1/admin/users/{user}/disable", null);
        Assert.That(answer.IsSuccessStatusCode, Is.True);
        Assert.That(await Task.WhenAll(a.EndReason, b.EndReason), Is.All.EqualTo(SessionEndReasons.Revoked));
    }

    [Test]
    public async Task Expiry_ClosesWhatWaitsOnTheOtherNode_AndNotWhatIsInFlightThere()
    {
        var user = NewUser();
        foreach (var receiving in new[] { A, B })
        {
            await using var sender = await A.ConnectAsync(user, "sender");
            await using var receiver = await receiving.ConnectAsync(user, "receiver");
            await receiver.ResumeAsync(window: 1);
            var (flying, waiting) = ($"flying-{receiver.Id}", $"waiting-{receiver.Id}");
            await sender.ResumeAsync();
            await sender.SendAsync(new { id = flying, to = new { device = receiver.Id }, type = "t", body = 1, ttlSeconds = 1, receipts = "final" });
            await sender.SendAsync(new { id = waiting, to = new { device = receiver.Id }, type = "t", body = 2, ttlSeconds = 1, receipts = "final" });
            Assert.That((await receiver.NextAsync()).Id, Is.EqualTo(flying));
            var expired = await sender.ReceiptAsync();
            Assert.That((expired.Id, expired.State), Is.EqualTo((waiting, "expired")));
            await receiver.AcknowledgeAsync(1);
            var acknowledged = await sender.ReceiptAsync();
            Assert.That((acknowledged.Id, acknowledged.State), Is.EqualTo((flying, "acknowledged")));
        }
    }
}
