using System.Runtime.CompilerServices;
using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>One connection of a device: its end at the server, the wire, and what has been written on it.</summary>
internal sealed class ClientConnection(DeviceConnection server, MemoryLink link, int window)
{
    private readonly Dictionary<long, int> _sent = [];
    private readonly Dictionary<Priority, long> _highest = [];
    private int _order;
    private int _wave = -1;

    public DeviceConnection Server => server;
    public MemoryLink Link => link;
    public int Window => window;
    /// <summary>The device has resumed.</summary>
    public bool Resumed { get; set; }
    /// <summary>Nothing arrives any more, whether or not the server knows.</summary>
    public bool Dead { get; set; }
    /// <summary>A call had no answer and was not repeated: until its 30 s have passed, the server may take for in flight what is not.</summary>
    public bool Uncertain { get; set; }
    /// <summary>The server was told of its end.</summary>
    public bool Closed { get; set; }
    /// <summary>Seqs written again in this step.</summary>
    public HashSet<long> Repeated { get; } = [];
    /// <summary>Whether delivery is at work at this moment.</summary>
    public bool IsBusy => Volatile.Read(ref Running(server.Pump));

    /// <summary>In flight, the one sent first in front.</summary>
    public IReadOnlyList<long> Flight(MailboxTable table) =>
        [.. _sent.Where(s => table.Rows.TryGetValue(s.Key, out var row) && row.IsOpen).OrderBy(s => s.Value).Select(s => s.Key)];

    public bool HasSent(long seq) => _sent.ContainsKey(seq);

    /// <summary>The highest seq sent of a priority.</summary>
    public long Highest(Priority priority) => _highest.GetValueOrDefault(priority);

    public void BeginStep()
    {
        Repeated.Clear();
        _wave = -1;
    }

    /// <summary>Put off: out of the flight, until it comes back.</summary>
    public void PutOff(long seq) => _sent.Remove(seq);

    /// <summary>Takes note of something written; returns what is wrong with its place, or null. Ordinary: was never put off.</summary>
    public string? Sent(long seq, Priority priority, bool ordinary)
    {
        if (_sent.TryGetValue(seq, out var order))
        {
            var problem = !Repeated.Add(seq) ? "was sent again twice" : order < _wave ? "was sent again out of order" : null;
            _wave = order;
            return problem;
        }
        _sent[seq] = _order++;
        if (!ordinary) return null;
        var after = Highest(priority);
        _highest[priority] = Math.Max(after, seq);
        return seq < after ? $"was sent after {after} of its priority" : null;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_running")]
    private static extern ref bool Running(MailboxPump pump);
}
