using RooCoord.Domain.Devices;
using RooCoord.Domain.Messages;

namespace RooCoord.Domain.Tests;

public sealed class RouteTests
{
    private static Device Device(long key, DeviceStatus status = DeviceStatus.Online, int seen = 0, DeviceType type = DeviceType.Desktop) => new()
    {
        Key = key,
        Id = $"d{key}",
        UserKey = 1,
        UserId = "u",
        Name = "n",
        Type = type,
        Status = status,
        Capabilities = ["build"],
        CreatedAt = DateTimeOffset.UnixEpoch,
        LastSeenAt = DateTimeOffset.UnixEpoch.AddSeconds(seen),
    };

    private static readonly DeviceMatch Any = new(null, null, null, null);

    private static long[] Chosen(Target target, IReadOnlyList<Device> devices, long? sender = null, params long[] earlier) =>
        [.. target.Choose(devices, sender, earlier.ToHashSet()).Chosen.Select(d => d.Key)];

    [Test]
    public void First_IsTheFreshestOfTheBestStatus() => Assert.That(
        Chosen(Target.Matching(Any, TargetMode.First), [Device(1, DeviceStatus.Away, 99), Device(2, seen: 5), Device(3, seen: 7), Device(4, DeviceStatus.Busy)]), Is.EqualTo(new[] { 3L }));

    [Test]
    public void MatchAndAll_LeaveOutTheSenderAndEarlierDevices_NamedOnesOnlyTheEarlier()
    {
        Device[] devices = [Device(1), Device(2), Device(3)];
        Assert.That(Chosen(Target.Matching(Any, TargetMode.Every), devices, 1, 2), Is.EqualTo(new[] { 3L }));
        Assert.That(Chosen(Target.All, devices, 1), Is.EqualTo(new[] { 2L, 3L }));
        Assert.That(Chosen(Target.To(["d3", "d1", "gone", "d2"]), devices, 1, 2), Is.EqualTo(new[] { 3L, 1L }));
    }

    [TestCase("desktop", null, null, null, true)]
    [TestCase("mobile", null, null, null, false)]
    [TestCase(null, null, "build", "online", true)]
    [TestCase(null, null, "Build", null, false)]
    [TestCase(null, "linux", null, null, false)]
    [TestCase(null, null, null, "busy", false)]
    public void Match_NeedsAllThatIsGiven(string? type, string? platform, string? capability, string? status, bool matches) =>
        Assert.That(DeviceMatch.Parse(type, platform, capability, status, "").Matches(Device(1)), Is.EqualTo(matches));

    [Test]
    public void Text_ReadsBackAsTheSameRoute()
    {
        var route = new Route([new(Target.To(["a", "b"]), TimeSpan.Zero), new(Target.All, TimeSpan.FromSeconds(1.5)),
            new(Target.Matching(new(DeviceType.Server, "p", "c", DeviceStatus.Busy), TargetMode.Claim), TimeSpan.FromDays(30))]);
        Assert.That(Route.Parse(route.ToText()).ToText(), Is.EqualTo(route.ToText()));
        Assert.That(route.ToText(), Is.Not.EqualTo(((Route)Target.To(["a", "b"])).ToText()));
        Assert.That((route.IsPlain, route.Continues, ((Route)Target.To(["a"])).IsPlain, ((Route)Target.All).Continues), Is.EqualTo((false, true, true, false)));
    }
}
