using System.Threading.Channels;
using AutoMapper;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using RooCoord.Application.Devices;
using RooCoord.Domain.Devices;
using RooCoord.Testing;
using Device = RooCoord.Domain.Devices.Device;
using DeviceDto = RooCoord.Contracts.Device;

namespace RooCoord.Application.Tests;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AnnouncerTests
{
    private readonly Channel<DeviceDto> _told = Channel.CreateUnbounded<DeviceDto>();
    private readonly Channel<IReadOnlyList<DeviceName>> _reads = Channel.CreateUnbounded<IReadOnlyList<DeviceName>>();
    private readonly SemaphoreSlim _mayRead = new(0);
    private DeviceAnnouncer _announcer = null!;

    [SetUp]
    public async Task StartAsync()
    {
        var store = new Mock<IDeviceStore>();
        store.Setup(s => s.FindAsync(It.IsAny<IReadOnlyList<DeviceName>>(), It.IsAny<CancellationToken>())).Returns(async (IReadOnlyList<DeviceName> names, CancellationToken cancellationToken) =>
        {
            _reads.Writer.TryWrite(names);
            await _mayRead.WaitAsync(cancellationToken);
            return [.. names.Where(n => n.Id != "gone").Select(Stored)];
        });
        var notifier = new Mock<IDeviceNotifier>();
        notifier.Setup(n => n.DeviceChanged(It.IsAny<long>(), It.IsAny<DeviceDto>())).Callback((long _, DeviceDto device) => _told.Writer.TryWrite(device));
        var mapper = new MapperConfiguration(c => c.AddProfile<DeviceProfile>(), NullLoggerFactory.Instance).CreateMapper();
        _announcer = new(store.Object, notifier.Object, mapper, NullLogger<DeviceAnnouncer>.Instance);
        await _announcer.StartAsync(CancellationToken.None);
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _announcer.StopAsync(CancellationToken.None);
        _announcer.Dispose();
        _mayRead.Dispose();
    }

    private static Device Stored(DeviceName name) =>
        new() { Id = name.Id, UserKey = name.UserKey, UserId = "u", Name = "read", Type = DeviceType.Desktop, CreatedAt = DateTimeOffset.UnixEpoch };

    private static DeviceDto Revoked(string id) =>
        new(id, "u", "revoked", "desktop", null, null, [], new(null), "offline", null, null, null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);

    private static async Task<T> NextAsync<T>(Channel<T> channel) => await channel.Reader.ReadAsync().AsTask().WaitAsync(TestDevice.Patience);

    // The first change is being read when the others come.
    private async Task HoldAsync()
    {
        _announcer.Changed(1, "first");
        await NextAsync(_reads);
    }

    [Test]
    public async Task ABurst_IsReadTogether_AndEachDeviceIsToldOnce()
    {
        await HoldAsync();
        for (var round = 0; round < 3; round++)
            for (var i = 0; i < 400; i++) _announcer.Changed(i, $"d{i}");
        _mayRead.Release(2);
        Assert.That((await NextAsync(_told)).Id, Is.EqualTo("first"));
        Assert.That((await NextAsync(_reads)).Count, Is.EqualTo(400));
        var told = new List<string>();
        while (told.Count < 400) told.Add((await NextAsync(_told)).Id);
        Assert.That(told, Is.EquivalentTo(Enumerable.Range(0, 400).Select(i => $"d{i}")));
        Assert.That(_reads.Reader.Count + _told.Reader.Count, Is.Zero);
    }

    [Test]
    public async Task ARevocation_IsTold_WhateverWaitsBeforeAndAfterIt()
    {
        await HoldAsync();
        _announcer.Changed(1, "gone");
        _announcer.Revoked(1, Revoked("gone"));
        _announcer.Changed(1, "gone");
        _announcer.Changed(1, "last");
        _mayRead.Release(2);
        var told = new[] { await NextAsync(_told), await NextAsync(_told), await NextAsync(_told) };
        Assert.That(told.Select(d => (d.Id, d.Name)), Is.EqualTo(new[] { ("first", "read"), ("gone", "revoked"), ("last", "read") }));
    }

    [Test]
    public async Task AChangeDuringTheRead_IsReadAgain()
    {
        await HoldAsync();
        _announcer.Changed(1, "first");
        _mayRead.Release(2);
        await NextAsync(_told);
        Assert.That((await NextAsync(_reads)).Single().Id, Is.EqualTo("first"), "what was read may be older than the change");
        Assert.That((await NextAsync(_told)).Id, Is.EqualTo("first"));
    }
}
