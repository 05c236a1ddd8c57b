using System.Security.Cryptography;
using RooCoord.Infrastructure.PubSub;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>Messages as PostgreSQL's notifications.</summary>
public sealed class NotificationsTests
{
    [TestCase(0)]
    [TestCase(5_000)]
    [TestCase(5_920)]
    [TestCase(1_000_000)]
    public void Messages_OfAnySize_ComeBackAsTheyWere(int bytes)
    {
        (string Channel, byte[] Payload)[] messages = [("a:é\n+.", RandomNumberGenerator.GetBytes(bytes)), ("", []), ("b", RandomNumberGenerator.GetBytes(bytes))];
        var notifications = Notifications.Of(messages).ToList();
        Assert.That(notifications.Select(n => n.Length), Is.All.LessThan(8_000));
        var reader = new NotificationReader();
        var read = notifications.Select(reader.Read).OfType<(string Channel, byte[] Payload)>().ToList();
        Assert.That(read, Is.EqualTo(messages));
    }

    [Test]
    public void EqualMessages_AreUnlikeNotifications() =>
        Assert.That(Notifications.Of([("a", [1]), ("a", [1]), ("a", new byte[20_000])]), Is.Unique, "of equal ones PostgreSQL delivers one");

    [TestCase("")]
    [TestCase("somebody else's")]
    [TestCase("1.not base64")]
    [TestCase("1.AAA=")]
    [TestCase("1.//////8=")]
    [TestCase("hi (there) - and .")]
    [TestCase("1(begun")]
    [TestCase("1-lost")]
    [TestCase("1)lost")]
    public void WhatIsNone_IsPassedOver(string notification)
    {
        var reader = new NotificationReader();
        Assert.That(reader.Read(notification), Is.Null);
        Assert.That(reader.Read(Notifications.Of([("next", [1])]).Single())?.Channel, Is.EqualTo("next"));
        var parts = Notifications.Of([("long", new byte[10_000])]).ToList();
        Assert.That(parts.Select(reader.Read).OfType<(string Channel, byte[] Payload)>().Single().Channel, Is.EqualTo("long"));
    }
}
