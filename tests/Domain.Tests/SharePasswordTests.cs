using RooCoord.Domain.Shares;

namespace RooCoord.Domain.Tests;

public sealed class SharePasswordTests
{
    [Test]
    public void AHash_MatchesItsPasswordOnly_AndIsAnotherEachTime()
    {
        var stored = SharePassword.Hash("open sesame");
        Assert.Multiple(() =>
        {
            Assert.That(SharePassword.Matches("open sesame", stored));
            Assert.That(SharePassword.Matches("open sesamE", stored), Is.False);
            Assert.That(stored, Does.StartWith("210000$").And.Not.Contain("sesame"));
            Assert.That(SharePassword.Hash("open sesame"), Is.Not.EqualTo(stored));
        });
    }
}
