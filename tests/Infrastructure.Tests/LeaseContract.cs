using RooCoord.Infrastructure.Sql;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>What leases promise, on every engine.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class LeaseContract(Engine engine) : StoreFixture(engine)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private Leases Node() => new(Get<GroupCommit>(), Clock);

    [Test]
    public async Task Lease_HasOneHolder_UntilItsTimeEnds()
    {
        var (one, two) = (Node(), Node());
        Assert.That((await one.TryHoldAsync("job", Minute), await two.TryHoldAsync("job", Minute)), Is.EqualTo(((long?)1, (long?)null)));
        Clock.Advance(TimeSpan.FromSeconds(40));
        Assert.That(await one.TryHoldAsync("job", Minute), Is.EqualTo(1), "renewed");
        Clock.Advance(TimeSpan.FromSeconds(40));
        Assert.That(await two.TryHoldAsync("job", Minute), Is.Null, "it was renewed");
        Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.That(await two.TryHoldAsync("job", Minute), Is.EqualTo(2), "a new holder has a higher number");
        Assert.That(await one.TryHoldAsync("job", Minute), Is.Null);
        Assert.That(await one.TryHoldAsync("other", Minute), Is.EqualTo(1));
    }

    [Test]
    public async Task Lease_OfManyAtOnce_GoesToOne()
    {
        Leases[] nodes = [.. Enumerable.Range(0, 8).Select(_ => Node())];
        var held = await Task.WhenAll(nodes.Select(n => n.TryHoldAsync("rush", Minute)));
        Assert.That(held.Count(h => h is not null), Is.EqualTo(1));
    }
}
