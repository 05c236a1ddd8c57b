using RooCoord.Api.Hubs;
using RooCoord.Domain;

namespace RooCoord.Api.Tests;

public sealed class ChunkOrderTests
{
    [Test]
    public async Task ChunksBeyondWhatIsHeld_AreRefused_AndTakenAgainLater()
    {
        const int quarter = 4 * 1024 * 1024;
        var order = new ChunkOrder();
        var stored = new TaskCompletionSource();
        var ran = new List<int>();
        async Task<int> RunAsync(int n)
        {
            await stored.Task;
            ran.Add(n);
            return n;
        }
        Task<int>[] held = [.. Enumerable.Range(0, 4).Select(n => order.RunAsync("a", quarter, () => RunAsync(n)))];
        var refused = Assert.ThrowsAsync<Fault>(() => order.RunAsync("b", 1, () => RunAsync(9)))!;
        Assert.That((refused.Code, refused.Message), Is.EqualTo((FaultCode.RateLimited, "too many chunks are on their way, retryAfterMs=100")));
        stored.SetResult();
        await Task.WhenAll(held);
        Assert.That(ran, Is.EqualTo(new[] { 0, 1, 2, 3 }));
        Assert.That(await order.RunAsync("b", 5 * quarter, () => RunAsync(9)), Is.EqualTo(9), "alone one may be as large as it likes");
    }
}
