using RooCoord.Domain.Users;

namespace RooCoord.Domain.Tests;

public sealed class UserAccountTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, 500, TimeSpan.Zero);
    private static readonly UserAccount User = new() { Key = 1, Id = "u", CreatedAt = At };

    [Test]
    public void Tokens_OfAUserNothingHappenedTo_AreAccepted_WheneverIssued()
    {
        Assert.That(User.Accepts(At), Is.True);
        Assert.That(User.Accepts(null), Is.True);
    }

    [Test]
    public void Tokens_OfADisabledUser_AreRefused_HoweverFresh() => Assert.That((User with { DisabledAt = At }).Accepts(At.AddDays(1)), Is.False);

    [TestCase(-1, false)]
    [TestCase(0, false)]
    [TestCase(1, true)]
    public void Tokens_AreJudgedByTheRevocation_ToTheMillisecond(int milliseconds, bool accepted) =>
        Assert.That((User with { TokensRevokedAt = At }).Accepts(At.AddMilliseconds(milliseconds)), Is.EqualTo(accepted));

    [Test]
    public void AProvidersToken_OfTheSecondOfTheRevocation_OrWithoutATime_IsRefused()
    {
        var revoked = User with { TokensRevokedAt = At };
        Assert.That(revoked.Accepts(At.AddMilliseconds(-500)), Is.False, "whole seconds only: it may have been issued before");
        Assert.That(revoked.Accepts(null), Is.False);
    }
}
