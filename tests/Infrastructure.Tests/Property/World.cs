using System.Diagnostics;
using RooCoord.Application;
using RooCoord.Application.Devices;
using RooCoord.Application.Sessions;
using RooCoord.Domain;
using RooCoord.Domain.Devices;
using RooCoord.Domain.Messages;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>A node, a clock, a user's devices: what a history happens to.</summary>
internal sealed class World : IAsyncDisposable
{
    private const int Devices = 3;
    // Rounds without any activity that count as rest.
    private const int RestingRounds = 2;
    // What has not happened after so long, and after so many looks at a node at rest, does not.
    private const int MostLooks = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RestPatience = TimeSpan.FromSeconds(20);

    private readonly Storage _storage;
    private bool _timePassed;
    private readonly PeriodicTimer _pace = new(TimeSpan.FromMilliseconds(1));

    private World(Storage storage) => _storage = storage;

    public ManualTimeProvider Clock { get; } = new();
    /// <summary>The latest the clock ever showed: it may have been set back since.</summary>
    public DateTimeOffset Latest { get; private set; }
    public Node Node { get; private set; } = null!;
    public List<MailboxModel> Mailboxes { get; } = [];
    public List<SentMessage> Sent { get; } = [];
    /// <summary>Messages that somebody claimed in this step.</summary>
    public HashSet<string> Claimed { get; } = [];
    /// <summary>Who was told to have won what.</summary>
    public Dictionary<string, MailboxModel> Winners { get; } = [];
    /// <summary>A commit has failed: what ends a connection may be noted later than usual.</summary>
    public bool Faulted { get; set; }

    public static async Task<World> StartAsync(Storage storage)
    {
        var world = new World(storage);
        world.Node = await Node.StartAsync(storage, world.Clock);
        world.Latest = world.Clock.GetUtcNow();
        var user = Ids.New();
        for (var i = 0; i < Devices; i++)
        {
            var family = Ids.New();
            var device = await world.Node.Get<IDeviceStore>().AddAsync(
                new Device { Id = Ids.New(), UserKey = 0, UserId = user, Name = $"device {i}", Type = DeviceType.Desktop, CreatedAt = world.Latest }, new(family, Ids.New(), world.Latest), 0);
            world.Mailboxes.Add(new(device, family, world));
        }
        return world;
    }

    /// <summary>One of the devices, whatever the number.</summary>
    public MailboxModel Mailbox(int number) => Mailboxes[number % Mailboxes.Count];

    /// <summary>The fault a call ended with, or null.</summary>
    public static async Task<FaultCode?> FaultOfAsync(Task call)
    {
        try { await call; }
        catch (Fault fault) { return fault.Code; }
        return null;
    }

    /// <summary>The clock goes on, and what waits for it runs.</summary>
    public void Pass(TimeSpan by)
    {
        _timePassed = true;
        Clock.Advance(by);
        if (Clock.GetUtcNow() > Latest) Latest = Clock.GetUtcNow();
    }

    /// <summary>The process dies; another one starts on what it left.</summary>
    public async Task CrashAsync()
    {
        foreach (var connection in Mailboxes.SelectMany(m => m.Connections)) connection.Link.Cut();
        await Node.DisposeAsync();
        var tables = await MailboxTable.ReadAsync(_storage.Engine, [.. Mailboxes.Select(m => m.Device.Key)]);
        foreach (var mailbox in Mailboxes)
        {
            mailbox.TakeWritten(tables[mailbox.Device.Key]);
            mailbox.Crashed();
        }
        Node = await Node.StartAsync(_storage, Clock);
    }

    public void BeginStep()
    {
        Claimed.Clear();
        foreach (var mailbox in Mailboxes) mailbox.BeginStep();
    }

    /// <summary>Waits until all that the step set in motion has happened, and holds it against the contract.</summary>
    public async Task CheckAsync()
    {
        var started = Stopwatch.GetTimestamp();
        for (var look = 1; ; look++)
        {
            await RestAsync();
            var tables = await MailboxTable.ReadAsync(_storage.Engine, [.. Mailboxes.Select(m => m.Device.Key)]);
            var pending = Mailboxes.ConvertAll(m => m.Look(tables[m.Device.Key])).Find(p => p is not null);
            RequireOneWinner(tables);
            _timePassed &= pending is not null;
            if (pending is null) return;
            if (look >= MostLooks && Stopwatch.GetElapsedTime(started) > Patience) throw new BrokenPromiseException($"it never happens that {pending}");
        }
    }

    private void RequireOneWinner(Dictionary<long, MailboxTable> tables)
    {
        foreach (var won in Mailboxes.SelectMany(m => tables[m.Device.Key].Rows.Values.Where(r => r.Offer == Offer.Won).Select(r => (r.Id, Mailbox: m))).GroupBy(w => w.Id))
        {
            if (won.Count() > 1) throw new BrokenPromiseException($"{won.Key} has {won.Count()} winners");
            if (Winners.TryGetValue(won.Key, out var told) && told != won.Single().Mailbox) throw new BrokenPromiseException($"{won.Key} was won by another device than the one told so");
        }
    }

    // The writer is idle, no pump at work, nothing was written or begun meanwhile.
    private async Task RestAsync()
    {
        var started = Stopwatch.GetTimestamp();
        for (var resting = 0; resting < RestingRounds;)
        {
            if (Stopwatch.GetElapsedTime(started) > RestPatience) throw new BrokenPromiseException("the node never rests");
            await CloseEndedAsync();
            var before = Activity();
            while (IsBusy() && Stopwatch.GetElapsedTime(started) < RestPatience) await _pace.WaitForNextTickAsync();
            // The sweeper may have something queued.
            if (_timePassed) await Node.WriterIdleAsync();
            resting = !IsBusy() && Activity() == before + (_timePassed ? 1 : 0) ? resting + 1 : 0;
        }
    }

    private bool IsBusy() => Node.IsCalling || Mailboxes.Exists(m => m.Connections.Any(c => c.IsBusy));

    private int Activity() => Node.Database.Begun + Mailboxes.Sum(m => m.Connections.Sum(c => c.Link.Count));

    // As the hub does when the transport has closed.
    private async Task CloseEndedAsync()
    {
        foreach (var mailbox in Mailboxes)
        {
            foreach (var connection in mailbox.Connections.Where(c => !c.Closed && c.Link.Ended is not null))
            {
                connection.Closed = connection.Dead = true;
                await Node.SendAsync(new CloseSession(connection.Server));
                if (mailbox.Connection == connection) mailbox.Disconnected();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _pace.Dispose();
        await Node.DisposeAsync();
    }
}
