using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using RooCoord.Application.Devices;
using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;
using RooCoord.Testing;

namespace RooCoord.Application.Tests;

public sealed class LastSeenTests
{
    private const int Devices = 1_200;
    private const int Batches = 3;

    [Test]
    public async Task IdleDevices_AreWrittenTogether_NoneMoreOftenThanEvery30Seconds()
    {
        var clock = new ManualTimeProvider();
        var written = Channel.CreateUnbounded<(IReadOnlyList<long> Keys, DateTimeOffset At)>();
        var sessions = new Mock<ISessionStore>();
        sessions.Setup(s => s.SeenAsync(It.IsAny<IReadOnlyList<long>>(), It.IsAny<DateTimeOffset>())).Returns((IReadOnlyList<long> keys, DateTimeOffset at) =>
        {
            written.Writer.TryWrite((keys, at));
            return Task.CompletedTask;
        });
        var connections = new DeviceConnections();
        for (var key = 1; key <= Devices; key++) connections.Attach(Connection(key));
        using var keeper = new LastSeenKeeper(connections, sessions.Object, new PresenceOptions(), clock, NullLogger<LastSeenKeeper>.Instance);
        await keeper.StartAsync(CancellationToken.None);

        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var i = 0; written.Reader.Count < 2 * Batches; i++)
        {
            Assert.That(i, Is.LessThan(500), "nothing was written");
            clock.Advance(TimeSpan.FromSeconds(1));
            await pace.WaitForNextTickAsync();
        }
        await keeper.StopAsync(CancellationToken.None);
        written.Writer.Complete();
        var rounds = (await written.Reader.ReadAllAsync().ToListAsync()).GroupBy(w => w.At).OrderBy(r => r.Key).ToList();
        foreach (var round in rounds.Take(2))
        {
            Assert.That(round.Count(), Is.EqualTo(Batches), "transactions");
            Assert.That(round.SelectMany(w => w.Keys).Order(), Is.EqualTo(Enumerable.Range(1, Devices).Select(k => (long)k)));
        }
        Assert.That(rounds[1].Key - rounds[0].Key, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(30)));
    }

    private static DeviceConnection Connection(long key)
    {
        var link = new FakeLink();
        var pump = FakePump.Of(new FakeMailbox().Port, link, TimeProvider.System, key);
        return new(new Caller("u", 1, new($"d{key}", key, "f", DateTimeOffset.MaxValue), false), "s", 1, link, pump);
    }
}
