using RooCoord.Application.Rates;
using RooCoord.Testing;

namespace RooCoord.Application.Tests;

public sealed class CallRatesTests
{
    private readonly ManualTimeProvider _clock = new();

    private CallRates Rates(int perSecond = 2, int burst = 3) => new(new() { MessagesPerSecond = perSecond, MessageBurst = burst }, _clock);

    private static Caller Device(long key, string user = "alice") => new(user, 1, new($"d{key}", key, "f", DateTimeOffset.MaxValue), false);

    private static Caller User(string id) => new(id, 0, null, false);

    private static int Taken(CallRates rates, Caller caller, CallKind kind)
    {
        var taken = 0;
        while (taken < 1_000 && rates.Refusal(caller, kind) is null) taken++;
        return taken;
    }

    [Test]
    public void Sends_AndOtherCallsTenTimesAsOften_AreCountedApart()
    {
        var rates = Rates();
        Assert.That((Taken(rates, Device(1), CallKind.Send), Taken(rates, Device(1), CallKind.Other)), Is.EqualTo((3, 30)));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That((Taken(rates, Device(1), CallKind.Send), Taken(rates, Device(1), CallKind.Other)), Is.EqualTo((2, 20)));
    }

    [Test]
    public void Refusal_SaysAfterHowManyMilliseconds()
    {
        var rates = Rates();
        Taken(rates, Device(1), CallKind.Send);
        _clock.Advance(TimeSpan.FromMilliseconds(99.5));
        var refusal = rates.Refusal(Device(1), CallKind.Send)!;
        Assert.That(refusal.Message, Does.EndWith("retryAfterMs=401"));
        _clock.Advance(TimeSpan.FromMilliseconds(401));
        Assert.That(rates.Refusal(Device(1), CallKind.Send), Is.Null);
    }

    [Test]
    public void Callers_AreCountedApart_ADeviceByItsKeyAndAUserByItsId()
    {
        var rates = Rates();
        Assert.That(Taken(rates, Device(1), CallKind.Send), Is.EqualTo(3));
        Assert.That((Taken(rates, Device(2), CallKind.Send), Taken(rates, User("alice"), CallKind.Send), Taken(rates, User("bob"), CallKind.Send)), Is.EqualTo((3, 3, 3)));
        Assert.That((Taken(rates, Device(1), CallKind.Send), Taken(rates, User("bob"), CallKind.Send)), Is.EqualTo((0, 0)));
    }

    [Test]
    public void WrongCalls_CountAsOtherCalls_AndAreTooManyOnlyByThemselves()
    {
        var rates = Rates();
        Assert.That(Taken(rates, Device(1), CallKind.Other), Is.EqualTo(30));
        for (var i = 0; i < 30; i++) Assert.That(rates.TryCountWrong(Device(1)), Is.True);
        Assert.That(rates.TryCountWrong(Device(1)), Is.False);
        Assert.That(rates.TryCountWrong(Device(2)), Is.True);
        Assert.That(Taken(rates, Device(2), CallKind.Other), Is.EqualTo(29));
    }

    [TestCase(0, 3)]
    [TestCase(2, 0)]
    public void Zero_LiftsEveryLimit_AndRemembersNobody(int perSecond, int burst)
    {
        var rates = Rates(perSecond, burst);
        Assert.That((Taken(rates, Device(1), CallKind.Send), Taken(rates, User("alice"), CallKind.Other)), Is.EqualTo((1_000, 1_000)));
        Assert.That((rates.TryCountWrong(Device(1)), rates.Callers), Is.EqualTo((true, 0)));
    }

    [Test]
    public void IdleCallers_AreForgotten_ButNotOneThatStillOwes()
    {
        var rates = Rates(perSecond: 1, burst: 60);
        for (var key = 1; key <= 100; key++) rates.Refusal(Device(key), CallKind.Send);
        Taken(rates, Device(7), CallKind.Send);
        _clock.Advance(TimeSpan.FromSeconds(20));
        rates.Refusal(User("new"), CallKind.Send);
        Assert.That(rates.Callers, Is.EqualTo(2));
        Assert.That(Taken(rates, Device(7), CallKind.Send), Is.EqualTo(20));
    }

    [Test]
    public void CountingACall_AllocatesNothing()
    {
        var (rates, device) = (Rates(perSecond: 1_000_000, burst: 1_000_000), Device(1));
        rates.Refusal(device, CallKind.Send);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) rates.Refusal(device, CallKind.Send);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000));
    }
}
