namespace RooCoord.Domain.Tests;

public sealed class TokenBucketTests
{
    private const long Second = 1_000_000_000;
    private static readonly TokenRate Rate = TokenRate.Of(200, 400, Second)!;

    private static int TakeAll(ref TokenBucket bucket, long now)
    {
        var taken = 0;
        while (bucket.TryTake(Rate, now, out _)) taken++;
        return taken;
    }

    [Test]
    public void NewBucket_HoldsTheBurst_AndThenFillsAtTheRate()
    {
        var bucket = new TokenBucket();
        var now = 5 * Second;
        Assert.That(TakeAll(ref bucket, now), Is.EqualTo(400));
        Assert.That(TakeAll(ref bucket, now + (Second / 10)), Is.EqualTo(20));
        Assert.That(TakeAll(ref bucket, now + (Second / 10) + Second), Is.EqualTo(200));
        Assert.That(TakeAll(ref bucket, now + (60 * Second)), Is.EqualTo(400), "it holds no more than the burst");
    }

    [Test]
    public void EmptyBucket_TellsWhenThereIsAToken()
    {
        var bucket = new TokenBucket();
        TakeAll(ref bucket, Second);
        Assert.That(bucket.TryTake(Rate, Second, out var wait), Is.False);
        Assert.That(wait, Is.EqualTo(Second / 200));
        Assert.That(bucket.TryTake(Rate, Second + wait - 1, out _), Is.False);
        Assert.That(bucket.TryTake(Rate, Second + wait, out _), Is.True);
    }

    [Test]
    public void Bucket_IsFullAgain_WhenAllCameBack()
    {
        var bucket = new TokenBucket();
        Assert.That(bucket.IsFull(Second), Is.True);
        TakeAll(ref bucket, Second);
        Assert.That((bucket.IsFull(Second), bucket.IsFull((3 * Second) - 1), bucket.IsFull(3 * Second)), Is.EqualTo((false, false, true)));
    }

    [Test]
    public void ATokenGivenBack_IsThereAgain()
    {
        var bucket = new TokenBucket();
        TakeAll(ref bucket, Second);
        bucket.GiveBack(Rate);
        Assert.That(TakeAll(ref bucket, Second), Is.EqualTo(1));
    }

    [Test]
    public void ManyAtOnce_TakeNoMoreThanThereAre()
    {
        var bucket = new TokenBucket();
        var taken = 0;
        Parallel.For(0, 10_000, _ =>
        {
            if (bucket.TryTake(Rate, Second, out var _)) Interlocked.Increment(ref taken);
        });
        Assert.That(taken, Is.EqualTo(400));
    }

    [TestCase(0, 400)]
    [TestCase(200, 0)]
    public void Zero_IsNoLimit(long perSecond, long burst) => Assert.That(TokenRate.Of(perSecond, burst, Second), Is.Null);

    [Test]
    public void LargestRates_DoNotOverflow()
    {
        var rate = TokenRate.Of(int.MaxValue * 10L, int.MaxValue * 10L, Second)!;
        var slow = TokenRate.Of(1, int.MaxValue, Second)!;
        var (bucket, other) = (new TokenBucket(), new TokenBucket());
        Assert.That((bucket.TryTake(rate, long.MaxValue / 4, out _), other.TryTake(slow, long.MaxValue / 4, out _)), Is.EqualTo((true, true)));
    }
}
