using RooCoord.Infrastructure.PubSub;

namespace RooCoord.Infrastructure.Tests.Backplane;

public sealed class PubSubOptionsTests
{
    [TestCase("")]
    [TestCase("a:b")]
    [TestCase("a*")]
    public void Prefix_ThatCouldMeetAnother_IsRefused(string prefix) => Assert.That(new RedisOptions("localhost", prefix).Problems(), Is.Not.Empty);

    [Test]
    public void Options_AsUsual_AreFine() => Assert.That(new RedisOptions("localhost:6379,password=x").Problems(), Is.Empty);
}
