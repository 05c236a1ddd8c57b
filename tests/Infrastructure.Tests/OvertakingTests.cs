using Dapper;
using Microsoft.Extensions.DependencyInjection;
using RooCoord.Application;
using RooCoord.Application.Devices;
using RooCoord.Application.Messages;
using RooCoord.Domain.Devices;
using RooCoord.Domain.Messages;
using RooCoord.Infrastructure.Sql;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>The order in which the pumps hear of two commits.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class OvertakingTests(Engine engine)
{
    [Test]
    public async Task Withdrawal_IsNotToldBeforeTheEntryItTakesBack()
    {
        await using var database = await TestDatabase.CreateAsync(engine);
        var signal = new SlowSignal();
        await using var services = StoreFixture.Services(database, new ManualTimeProvider(), signal);
        await services.GetRequiredService<Migrator>().MigrateAsync(CancellationToken.None);
        var commit = services.GetRequiredService<GroupCommit>();
        await commit.StartAsync(CancellationToken.None);
        try
        {
            var (one, two) = (await AddAsync(services), await AddAsync(services));
            var message = new Message
            {
                Id = "m",
                UserKey = one.UserKey,
                UserId = "u",
                Type = "t",
                Body = "1"u8.ToArray(),
                SentAt = DateTimeOffset.UtcNow,
                ExpiresAt = DateTimeOffset.MaxValue.AddYears(-5000),
            };
            var mailbox = services.GetRequiredService<IMailbox>();
            var append = mailbox.AppendAsync(message, Target.Matching(new(null, null, null, null), TargetMode.Claim), null);
            // The message is committed; the thread that tells of it is held up.
            await signal.Appending.Task.WaitAsync(TestDevice.Patience);
            var claim = mailbox.ClaimAsync(new(one.Key, 0), one.UserKey, "m");
            // Committed as well, whenever it is told.
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            while (!await IsWonAsync(services)) await pace.WaitForNextTickAsync();
            signal.GoOn.Set();
            await Task.WhenAll(append, claim).WaitAsync(TestDevice.Patience);
            Assert.That(await signal.WithdrawnTold.Task.WaitAsync(TestDevice.Patience), Is.True, "the pump heard of the withdrawal first, and will send the entry afterwards");
        }
        finally
        {
            signal.GoOn.Set();
            await commit.StopAsync(CancellationToken.None);
        }
    }

    private static async Task<bool> IsWonAsync(IServiceProvider services)
    {
        await using var connection = await services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return await connection.ExecuteScalarAsync<long?>("SELECT winner FROM route") is not null;
    }

    private static Task<Device> AddAsync(IServiceProvider services) => services.GetRequiredService<IDeviceStore>().AddAsync(
        new Device { Id = Ids.New(), UserKey = 0, UserId = "u", Name = "d", Type = DeviceType.Desktop, CreatedAt = DateTimeOffset.UtcNow }, new(Ids.New(), Ids.New(), DateTimeOffset.UtcNow), 0);

    private sealed class SlowSignal : IMailboxSignal
    {
        public TaskCompletionSource Appending { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        /// <summary>Whether the entry had been told by then.</summary>
        public TaskCompletionSource<bool> WithdrawnTold { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public ManualResetEventSlim GoOn { get; } = new();
        public volatile bool AppendedTold;

        public void Appended(IReadOnlyList<Committed> entries)
        {
            if (entries.Count == 0) return;
            Appending.TrySetResult();
            GoOn.Wait();
            AppendedTold = true;
        }

        public void Withdrawn(IReadOnlyList<Withdrawal> entries) => WithdrawnTold.TrySetResult(AppendedTold);
        public void Receipts(IReadOnlyList<ReceiptFor> receipts) { }
        public void Recheck() { }
        public DateTimeOffset? InFlightSince(long deviceKey, long seq) => null;
    }
}
