using Microsoft.Extensions.Logging.Abstractions;
using RooCoord.Infrastructure.PubSub;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>What arrived and was not read yet is bounded.</summary>
public sealed class PubSubInboxTests
{
    [Test]
    public async Task Inbox_OverItsBytes_DropsUntilItIsRead_AndTells()
    {
        using var go = new ManualResetEventSlim();
        var (heard, told, subscription) = (new List<byte>(), 0, new Subscription("channel"));
        var drained = new TaskCompletionSource();
        subscription.Add(payload =>
        {
            go.Wait();
            heard.Add(payload[0]);
        });
        var inbox = new PubSubInbox(1000, () => { told++; drained.TrySetResult(); }, NullLogger.Instance);
        inbox.Start();
        for (byte i = 0; i < 20; i++) inbox.Add(subscription, [i, .. new byte[99]]);
        go.Set();
        await drained.Task.WaitAsync(HubClient.Deadline);
        inbox.Add(subscription, [100]);
        await inbox.DisposeAsync();
        Assert.That(heard, Is.EqualTo(new byte[] { 0, 1, 2, 3, 4, 100 }));
        Assert.That(told, Is.EqualTo(1));
    }
}
