using RooCoord.Application;
using RooCoord.Domain.Devices;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>One device and what is known of its mailbox.</summary>
internal sealed partial class MailboxModel(Device device, string family, World world)
{
    private readonly HashSet<long> _everPutOff = [];
    private readonly Dictionary<long, int> _lastSent = [];
    private readonly HashSet<long> _sentBeforeCrash = [];
    private readonly List<ClientConnection> _connections = [];
    private readonly HashSet<long> _putOffInStep = [];
    private MailboxTable _before = MailboxTable.Empty;
    private IReadOnlyList<long> _flight = [];

    public Device Device => device;
    /// <summary>The database's word, as of the last look.</summary>
    public MailboxTable Table { get; private set; } = MailboxTable.Empty;
    public StepCalls Calls { get; } = new();
    /// <summary>The newest connection, while the server may think of it as open.</summary>
    public ClientConnection? Connection { get; private set; }
    /// <summary>Connections before the newest one, for late calls.</summary>
    public IReadOnlyList<ClientConnection> Replaced => _connections.Count > 0 ? _connections[..^1] : [];
    /// <summary>Connections of which the server may still have something to tell.</summary>
    public IReadOnlyList<ClientConnection> Connections => _connections;
    /// <summary>Seqs that arrived.</summary>
    public HashSet<long> Arrived { get; } = [];
    /// <summary>What arrived on the connection and is not settled, in the order sent.</summary>
    public IReadOnlyList<long> InHand => Connection is { Dead: false } connection ? [.. connection.Flight(Table).Where(Arrived.Contains)] : [];

    public Caller Caller(DateTimeOffset tokenEnds) => new(device.UserId, device.UserKey, new CallingDevice(device.Id, device.Key, family, tokenEnds), false);

    public void Connected(ClientConnection connection)
    {
        _connections.Add(connection);
        Connection = connection;
    }

    /// <summary>The server noted the end of the connection.</summary>
    public void Disconnected()
    {
        Calls.FlightReturned = true;
        Connection = null;
    }

    public void BeginStep()
    {
        Calls.Clear();
        _putOffInStep.Clear();
        _before = Table;
        _flight = Connection?.Flight(Table) ?? [];
        foreach (var connection in _connections) connection.BeginStep();
    }

    /// <summary>The process died: its connections with it, and what they carried. In flight is nothing any more.</summary>
    public void Crashed()
    {
        _connections.Clear();
        Connection = null;
        _flight = [];
        _sentBeforeCrash.UnionWith(_lastSent.Keys);
    }

    /// <summary>Holds what the step has led to so far against the contract; returns what has yet to happen, or null.</summary>
    public string? Look(MailboxTable now)
    {
        foreach (var row in now.Rows.Values.Where(r => Calls.Retries(r.Seq) > 0 && IsPutOff(r))) PutOff(row.Seq);
        TakeWritten(now);
        CompareTables(now);
        Table = now;
        return Pending();
    }

    private bool IsPutOff(Row row) => _before.Rows.TryGetValue(row.Seq, out var before) && row.Failures > before.Failures;

    private void PutOff(long seq)
    {
        if (!_putOffInStep.Add(seq)) return;
        _everPutOff.Add(seq);
        Connection?.PutOff(seq);
        _flight = [.. _flight.Where(s => s != seq)];
    }

    /// <summary>Looks at what was written to the device.</summary>
    public void TakeWritten(MailboxTable now)
    {
        foreach (var connection in _connections)
        {
            foreach (var (entry, arrived) in connection.Link.Take())
            {
                var (seq, attempt) = (entry.Seq, entry.Attempt);
                Require(now.Rows.TryGetValue(seq, out var row) && row.Id == entry.Message.Id && row.Priority == entry.Message.Priority, $"seq {seq} was sent and stands not so in the mailbox");
                Require(!_before.Rows.TryGetValue(seq, out var before) || before.IsOpen, $"seq {seq} was sent although it was {before?.State}");
                Require(attempt <= row!.Attempt, $"seq {seq} was sent with attempt {attempt}, the mailbox says {row.Attempt}");
                if (_lastSent.TryGetValue(seq, out var last))
                    Require(attempt > last || (attempt == last && (_sentBeforeCrash.Contains(seq) || world.Faulted)), $"seq {seq} was sent with attempt {attempt} after {last}");
                else
                    Require(attempt == 1 || _everPutOff.Contains(seq) || world.Faulted, $"seq {seq} was first sent with attempt {attempt}");
                (_lastSent[seq], _) = (attempt, _sentBeforeCrash.Remove(seq));
                if (connection.Sent(seq, row.Priority, !_everPutOff.Contains(seq)) is { } problem) Require(false, $"seq {seq} {problem}");
                if (arrived) Arrived.Add(seq);
            }
        }
    }

    private string? Pending()
    {
        if (Connection is not { Resumed: true, Dead: false, Link.Ended: null } connection) return null;
        var flight = connection.Flight(Table);
        Require(flight.Count <= connection.Window, $"{flight.Count} are in flight, the window is {connection.Window}");
        if (connection.Uncertain) return null;
        if (connection.Repeated.Count > 0 && _flight.Except(connection.Repeated).FirstOrDefault(s => Table.Rows[s].IsOpen) is > 0 and var left) return $"seq {left} is sent again too";
        foreach (var row in Table.Rows.Values.Where(r => r.IsOpen && !connection.HasSent(r.Seq) && r.ExpiresAt > world.Latest))
        {
            Require(row.DueAt is not null || row.Seq > connection.Highest(row.Priority), $"seq {row.Seq} was passed over");
            var isDue = row.DueAt is null || row.DueAt <= world.Clock.GetUtcNow();
            if (isDue && flight.Count < connection.Window) return $"seq {row.Seq} is sent";
        }
        return null;
    }

    private void Require(bool kept, string what)
    {
        if (!kept) throw new BrokenPromiseException($"{device.Name}: {what}");
    }
}
