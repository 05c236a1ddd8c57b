using Microsoft.Extensions.DependencyInjection;
using RooCoord.Application.Cluster;
using RooCoord.Domain;
using RooCoord.Infrastructure.PubSub;
using RooCoord.Testing;

namespace RooCoord.Api.Tests.Cluster;

/// <summary>A node that others declared dead while it lives: it was frozen, or cut off from the database.</summary>
public sealed class DeadNodeTests : ClusterFixture
{
    private static long NumberOf(TestServer node) => node.Services.GetRequiredService<OwnNode>().Key;

    [Test]
    public async Task ItGoesOnUnderAnotherNumber_AndItsDevicesComeBack()
    {
        var (a, b) = await PairAsync();
        await using var _ = a;
        await a.SendToAsync(b.Id, "flying");
        await b.NextAsync();
        var number = NumberOf(B);
        await A.SqlAsync("UPDATE node SET dead_at = seen_at WHERE node_key = @number", new { number });
        await b.Closed;
        Assert.That(b.EndReason.IsCompleted, Is.False, "it is to reconnect");

        await using var back = await b.ReconnectAsync();
        Assert.That(NumberOf(B), Is.GreaterThan(number));
        await back.ResumeAsync();
        var again = await back.NextAsync();
        Assert.That((again.Id, again.Attempt), Is.EqualTo(("flying", 2)));
        await a.SendToAsync(b.Id, "new");
        Assert.That((await back.NextAsync()).Id, Is.EqualTo("new"));
    }

    [Test]
    public async Task WhoeverDeclaredIt_NobodyWaitsForItsAnswers()
    {
        // It hears, and says nothing.
        var silent = await B.Services.GetRequiredService<INodeStore>().RegisterAsync();
        var redis = B.Services.GetRequiredService<PubSubConnection>();
        var heard = new TaskCompletionSource();
        await redis.SubscribeAsync(redis.Channels.Node(silent), _ => heard.TrySetResult(), TestDevice.Patience);
        var asked = A.Services.GetRequiredService<INodeBus>().AskAsync(silent, new FencesRaised([], 1), CancellationToken.None);
        await heard.Task.WaitAsync(TestDevice.Patience);
        Assert.That(asked.IsCompleted, Is.False);

        await A.SqlAsync("UPDATE node SET dead_at = seen_at, ended_at = seen_at WHERE node_key = @silent", new { silent });
        var fault = Assert.ThrowsAsync<Fault>(() => asked.WaitAsync(TestDevice.Patience));
        Assert.That(fault!.Code, Is.EqualTo(FaultCode.Unavailable));
    }
}
