using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using Entry = RooCoord.Domain.Messages.Entry;

namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>The wire to one device, in memory. Once cut, what is written is lost.</summary>
internal sealed class MemoryLink : IDeviceLink
{
    private readonly Lock _gate = new();
    private readonly List<Written> _written = [];
    private volatile bool _cut;
    private volatile string? _ended;

    public string ConnectionId { get; } = Guid.NewGuid().ToString("N");
    /// <summary>Why the server ended the connection, or null.</summary>
    public string? Ended => _ended;
    /// <summary>Entries written and not yet taken.</summary>
    public int Count { get { lock (_gate) return _written.Count; } }

    /// <summary>An entry that the server wrote, and whether it arrived.</summary>
    public readonly record struct Written(Entry Entry, bool Arrived);

    /// <summary>From now on nothing arrives; the server may not notice.</summary>
    public void Cut() => _cut = true;

    /// <summary>What was written since the last call.</summary>
    public IReadOnlyList<Written> Take()
    {
        lock (_gate)
        {
            Written[] taken = [.. _written];
            _written.Clear();
            return taken;
        }
    }

    public Task DeliverAsync(IReadOnlyList<Entry> entries)
    {
        lock (_gate) _written.AddRange(entries.Select(e => new Written(e, !_cut)));
        return _cut ? throw new IOException("the line is cut") : Task.CompletedTask;
    }

    public Task SessionStartedAsync(SessionStarted session) => Task.CompletedTask;

    public Task WithdrawnAsync(string messageId) => Task.CompletedTask;

    public Task ReceiptAsync(ReceiptFor receipt) => Task.CompletedTask;

    public Task DrainingAsync(int reconnectAfterMs) => Task.CompletedTask;

    public Task CloseAsync(TimeSpan patience) => Task.CompletedTask;

    public Task<JsonText> CallAsync(string method, JsonText body, CancellationToken cancellationToken) => Task.FromResult(body);

    public Task TokenExpiringAsync(DateTimeOffset at) => Task.CompletedTask;

    public void End(string reason) => _ended ??= reason;
}
