using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using RooCoord.Application;
using RooCoord.Application.Cluster;
using RooCoord.Application.Devices;
using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;
using RooCoord.Domain.Devices;
using RooCoord.Domain.Messages;
using RooCoord.Infrastructure.Sql;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>The stores of one engine on a fresh database, with a clock of the test's: the contract of each port runs on every engine.</summary>
public abstract class StoreFixture(Engine engine)
{
    private TestDatabase _database = null!;
    private ServiceProvider _services = null!;
    private long _ids;

    protected ManualTimeProvider Clock { get; } = new();
    internal RecordingSignal Signal { get; } = new();
    protected DateTimeOffset Now => Clock.GetUtcNow();

    protected TestDatabase Place => _database;
    protected T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    [OneTimeSetUp]
    public async Task OpenAsync()
    {
        _database = await TestDatabase.CreateAsync(engine);
        _services = Services(_database, Clock, Signal);
        await Get<Migrator>().MigrateAsync(CancellationToken.None);
        await Get<GroupCommit>().StartAsync(CancellationToken.None);
    }

    internal static ServiceProvider Services(TestDatabase database, TimeProvider clock, IMailboxSignal signal)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton(clock);
        services.AddSingleton(signal);
        services.AddSingleton(new Limits { MailboxEntries = 5 });
        services.AddSingleton<DeviceConnections>();
        services.AddSingleton<RooCoordMeter>();
        services.AddSingleton<OwnNode>();
        services.AddSingleton<INodeBus, SingleNode>();
        services.AddInfrastructure(new StorageOptions { Data = database.Folder, Database = database.Setting });
        return services.BuildServiceProvider();
    }

    [OneTimeTearDown]
    public async Task CloseAsync()
    {
        await Get<GroupCommit>().StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }

    protected Task<Device> AddDeviceAsync(string user, string? family = null) => Get<IDeviceStore>().AddAsync(
        new Device { Id = Ids.New(), UserKey = 0, UserId = user, Name = "d", Type = DeviceType.Desktop, CreatedAt = Now }, new(family ?? Ids.New(), Ids.New(), Now), 0);

    protected Message MessageOf(Device sender, string? id = null, Priority priority = Priority.Normal, long digest = 1, TimeSpan? ttl = null) => new()
    {
        Id = id ?? $"m{Interlocked.Increment(ref _ids)}",
        UserKey = sender.UserKey,
        UserId = sender.UserId,
        FromDevice = sender.Id,
        SenderKey = sender.Key,
        Type = "t",
        Body = "{\"a\":\"é\\u0000\"}"u8.ToArray(),
        Priority = priority,
        SentAt = Now,
        ExpiresAt = Now + (ttl ?? TimeSpan.FromDays(1)),
        Digest = digest,
    };
}

/// <summary>Notes what was told of commits.</summary>
internal sealed class RecordingSignal : IMailboxSignal
{
    public List<Committed> Entries { get; } = [];
    public List<Withdrawal> Taken { get; } = [];
    public List<ReceiptFor> Told { get; } = [];
    public HashSet<(long, long)> InFlight { get; } = [];

    public void Appended(IReadOnlyList<Committed> entries)
    {
        lock (Entries) Entries.AddRange(entries);
    }

    public void Recheck() { }

    public void Withdrawn(IReadOnlyList<Withdrawal> entries)
    {
        lock (Taken) Taken.AddRange(entries);
    }

    public void Receipts(IReadOnlyList<ReceiptFor> receipts)
    {
        lock (Told) Told.AddRange(receipts);
    }

    public DateTimeOffset? InFlightSince(long deviceKey, long seq) => InFlight.Contains((deviceKey, seq)) ? DateTimeOffset.UnixEpoch : null;
}
