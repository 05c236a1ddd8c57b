using RooCoord.Domain.Devices;
using RooCoord.Domain.Messages;
using RooCoord.Domain.Sessions;

namespace RooCoord.Domain.Tests;

public sealed class RuleTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [TestCase(null, false, false, RefreshDecision.Rotate)]
    [TestCase(60, false, false, RefreshDecision.Rotate)]
    [TestCase(61, false, false, RefreshDecision.RevokeFamily)]
    [TestCase(1, true, false, RefreshDecision.RevokeFamily)]
    [TestCase(null, false, true, RefreshDecision.Refuse)]
    [TestCase(1, true, true, RefreshDecision.Refuse)]
    public void RefreshToken_Presented(int? supersededSecondsAgo, bool successorUsed, bool familyRevoked, RefreshDecision expected)
    {
        var token = new RefreshToken(1, Now.AddDays(1), supersededSecondsAgo is { } s ? Now.AddSeconds(-s) : null, familyRevoked, successorUsed);
        Assert.That(token.Present(Now), Is.EqualTo(expected));
    }

    [Test]
    public void RefreshToken_AfterItsEnd_IsRefused() =>
        Assert.That(new RefreshToken(1, Now, null, false, false).Present(Now), Is.EqualTo(RefreshDecision.Refuse));

    [TestCase("plain ✓ 🦘", false)]
    [TestCase("tab\t", true)]
    [TestCase("nul\0", true)]
    [TestCase("\u0085", true)]
    public void Text_Malformed(string text, bool expected) => Assert.That(Text.IsMalformed(text), Is.EqualTo(expected));

    [Test]
    public void Text_WithALoneSurrogate_IsMalformed()
    {
        Assert.That(Text.IsMalformed("a" + (char)0xD83E), Is.True);
        Assert.That(Text.IsMalformed((char)0xDD98 + "a"), Is.True);
        Assert.That(Text.IsMalformed(new string([(char)0xD83E, (char)0xD83E, (char)0xDD98])), Is.True);
    }

    [TestCase(true, null, true)]
    [TestCase(false, 120, true)]
    [TestCase(false, 121, false)]
    public void Session_CanBeResumed(bool connected, int? disconnectedSecondsAgo, bool expected)
    {
        var session = new Session
        {
            Id = "s",
            DeviceKey = 1,
            DeviceId = "d",
            Fence = 1,
            Connected = connected,
            StartedAt = Now,
            DisconnectedAt = disconnectedSecondsAgo is { } s ? Now.AddSeconds(-s) : null,
        };
        Assert.That(session.CanResume(Now), Is.EqualTo(expected));
    }

    [Test]
    public void Target_TakesEachDeviceOnce_AndAtMostAThousand()
    {
        Assert.That(Target.To(["b", "a", "b"]).Devices, Is.EqualTo(new[] { "b", "a" }));
        Assert.That(Assert.Throws<Fault>(() => Target.To([.. Enumerable.Range(0, 1001).Select(i => $"{i}")]))!.Code, Is.EqualTo(FaultCode.Invalid));
    }

    [Test]
    public void Digest_DiffersWithEveryField()
    {
        var message = new Message { Id = "i", UserKey = 1, UserId = "u", Type = "t", Body = "1"u8.ToArray(), SentAt = Now, ExpiresAt = Now };
        long[] digests =
        [
            MessageDigest.Of(message, Target.To(["d"]), 1),
            MessageDigest.Of(message, Target.To(["e"]), 1),
            MessageDigest.Of(message, Target.To(["d", "e"]), 1),
            MessageDigest.Of(message, Target.All, 1),
            MessageDigest.Of(message, Target.To(["d"]), 2),
            MessageDigest.Of(message with { Type = "t2" }, Target.To(["d"]), 1),
            MessageDigest.Of(message with { Body = "2"u8.ToArray() }, Target.To(["d"]), 1),
            MessageDigest.Of(message with { Priority = Priority.High }, Target.To(["d"]), 1),
            MessageDigest.Of(message with { Receipts = ReceiptMode.All }, Target.To(["d"]), 1),
            MessageDigest.Of(message with { CorrelationId = "" }, Target.To(["d"]), 1),
            MessageDigest.Of(message with { CorrelationId = "c" }, Target.To(["d"]), 1),
        ];
        Assert.That(digests, Is.Unique);
        Assert.That(MessageDigest.Of(message with { Id = "other", FromDevice = "x", SentAt = Now.AddDays(1) }, Target.To(["d"]), 1), Is.EqualTo(digests[0]));
    }
}
