using RooCoord.Application.Files;
using RooCoord.Domain.Files;
using RooCoord.Testing;

namespace RooCoord.Application.Tests;

public sealed class NotedDownloadsTests
{
    private static readonly Caller Alice = new("alice", 1, null, false);
    private readonly ManualTimeProvider _clock = new();

    private static FileContent Content(long version = 1) => new()
    {
        FileId = "f",
        Name = "f",
        Version = version,
        Sha256 = "",
        MimeType = "",
        CreatedAt = DateTimeOffset.UnixEpoch,
        Parts = [],
    };

    [Test]
    public void BeginningIsAlwaysNews_GoingOnOnlyWhenNothingWasNotedForAnHour()
    {
        var noted = new NotedDownloads(_clock);
        Assert.That((noted.IsNews(Alice, Content(), true), noted.IsNews(Alice, Content(), false)), Is.EqualTo((true, true)), "nothing is noted yet");
        noted.Remember(Alice, Content());
        Assert.That((noted.IsNews(Alice, Content(), true), noted.IsNews(Alice, Content(), false)), Is.EqualTo((true, false)));
        _clock.Advance(TimeSpan.FromMinutes(61));
        Assert.That(noted.IsNews(Alice, Content(), false), Is.True);
    }

    [Test]
    public void WhoeverNeverBegan_IsNotedAllTheSame()
    {
        var noted = new NotedDownloads(_clock);
        noted.Remember(Alice, Content());
        var phone = Alice with { Device = new("phone", 1, "f", DateTimeOffset.MaxValue) };
        Assert.That((noted.IsNews(Alice with { UserId = "bob" }, Content(), false), noted.IsNews(phone, Content(), false), noted.IsNews(Alice, Content(2), false)), Is.EqualTo((true, true, true)));
    }
}
