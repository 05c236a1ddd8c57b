using Moq;
using RooCoord.Application.Calls;
using RooCoord.Application.Cluster;
using RooCoord.Application.Devices;
using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Messages;
using RooCoord.Testing;
using DomainDevice = RooCoord.Domain.Devices.Device;

namespace RooCoord.Application.Tests;

public sealed class CallDeviceTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly DeviceConnections _connections = new();
    private readonly Mock<IDeviceStore> _devices = new();
    private readonly Mock<IDeviceCalls> _calls = new();
    private DeviceConnection _caller = null!;
    private DeviceConnection _target = null!;
    private CancellationToken _asked;

    [SetUp]
    public void Connect()
    {
        _calls.Reset();
        _calls.Setup(c => c.OnCallAsync(new CalledDevice("c", default), "ask", It.IsAny<JsonText>(), It.IsAny<CancellationToken>()))
            .Returns((CalledDevice _, string _, JsonText _, CancellationToken token) =>
            {
                var never = new TaskCompletionSource<JsonText>(TaskCreationOptions.RunContinuationsAsynchronously);
                (_asked = token).Register(() => never.TrySetCanceled(token));
                return never.Task;
            });
        _devices.Setup(d => d.FindAsync(1, "target", It.IsAny<CancellationToken>())).ReturnsAsync(
            new DomainDevice { Id = "target", UserKey = 1, UserId = "alice", Name = "n", Type = Domain.Devices.DeviceType.Desktop, CreatedAt = _clock.GetUtcNow() });
        (_caller, _target) = (Connected(1, "caller"), Connected(2, "target"));
    }

    private DeviceConnection Connected(long key, string id)
    {
        var caller = new Caller("alice", 1, new(id, key, "f", DateTimeOffset.MaxValue), false);
        var link = new FakeLink();
        var connection = new DeviceConnection(caller, "s", 1, link, FakePump.Of(Mock.Of<IMailbox>(), link, _clock, key));
        _connections.Attach(connection);
        return connection;
    }

    private Task<JsonText> CallAsync(CancellationToken cancellationToken = default) =>
        new CallDeviceHandler(_connections, new(Mock.Of<INodeStore>(), new SingleNode(), new(), _clock), _devices.Object, new(), _clock).Handle(new(_caller, _calls.Object, "target", "ask", default, 10), cancellationToken);

    private static void Supersede(DeviceConnection connection) => connection.ReturnFlight(_ => Task.CompletedTask);

    [Test]
    public void Call_OfAReplacedConnection_IsConflict_AndAsksNobody()
    {
        Supersede(_caller);
        Assert.That(Assert.ThrowsAsync<Fault>(() => CallAsync())!.Code, Is.EqualTo(FaultCode.Conflict));
        _calls.VerifyNoOtherCalls();
    }

    [Test]
    public void Call_OfADeviceWhoseConnectionIsBeingEnded_IsOffline_AndNotFoundOnceItIsGone()
    {
        Supersede(_target);
        Assert.That(Assert.ThrowsAsync<Fault>(() => CallAsync())!.Code, Is.EqualTo(FaultCode.Offline));
        _devices.Setup(d => d.FindAsync(1, "target", It.IsAny<CancellationToken>())).ReturnsAsync((DomainDevice?)null);
        Assert.That(Assert.ThrowsAsync<Fault>(() => CallAsync())!.Code, Is.EqualTo(FaultCode.NotFound));
        _calls.VerifyNoOtherCalls();
    }

    [Test]
    public void Call_EndsWithItsTime_AndNotBefore()
    {
        var call = CallAsync();
        _clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.That((call.IsCompleted, _asked.IsCancellationRequested), Is.EqualTo((false, false)));
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.That(Assert.ThrowsAsync<Fault>(() => call)!.Code, Is.EqualTo(FaultCode.Timeout));
        Assert.That(_asked.IsCancellationRequested, Is.True);
    }

    [Test]
    public async Task Call_EndsWithItsCaller()
    {
        using var ended = new CancellationTokenSource();
        var call = CallAsync(ended.Token);
        await ended.CancelAsync();
        Assert.That(Assert.ThrowsAsync<Fault>(() => call)!.Code, Is.EqualTo(FaultCode.Offline));
        Assert.That(_asked.IsCancellationRequested, Is.True);
    }
}
