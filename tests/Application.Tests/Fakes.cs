using System.Threading.Channels;
using Moq;
using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain.Messages;
using RooCoord.Testing;
using Entry = RooCoord.Domain.Messages.Entry;

namespace RooCoord.Application.Tests;

/// <summary>A mailbox of one device, all of normal priority; only reads are served.</summary>
internal sealed class FakeMailbox
{
    private readonly List<Entry> _entries = [];
    private readonly List<Entry> _due = [];
    private readonly TaskCompletionSource _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _hold;
    private bool _fail;
    private int _lowReads;
    private readonly TaskCompletionSource _allRead = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeMailbox()
    {
        var mock = new Mock<IMailbox>();
        mock.Setup(m => m.ReadDueAsync(1, It.IsAny<DateTimeOffset>(), It.IsAny<int>(), It.IsAny<CancellationToken>())).ReturnsAsync(() => new DueEntries([.. _due], null));
        mock.Setup(m => m.ReadAsync(1, It.IsAny<Priority>(), It.IsAny<long>(), It.IsAny<int>(), It.IsAny<int>(), It.IsAny<CancellationToken>()))
            .Returns((long _, Priority priority, long after, int limit, int _, CancellationToken _) => ReadAsync(priority, after, limit));
        Port = mock.Object;
    }

    public IMailbox Port { get; }

    /// <summary>How many entries each read of the normal lane asked for.</summary>
    public List<int> Asked { get; } = [];

    /// <summary>Ends when the normal lane is first read.</summary>
    public Task Reading => _reading.Task.WaitAsync(TestDevice.Patience);

    /// <summary>Ends when the lowest lane was read: nothing is unread then.</summary>
    public Task AllReadAsync() => _allRead.Task.WaitAsync(TestDevice.Patience);

    public Entry Commit(long seq, int bytes = 1)
    {
        var entry = new Entry(seq, 0, new Message { Id = $"m{seq}", UserKey = 1, UserId = "u", Type = "t", Body = Enumerable.Repeat((byte)'1', bytes).ToArray(), SentAt = DateTimeOffset.UnixEpoch, ExpiresAt = DateTimeOffset.MaxValue }, 1);
        lock (_entries) _entries.Add(entry);
        return entry;
    }

    /// <summary>Commits that an entry is put off and due at once.</summary>
    public void PutOff(Entry entry)
    {
        lock (_entries) _entries.Remove(entry);
        _due.Add(entry with { Attempt = entry.Attempt + 1, PutOff = true });
    }

    public void Hold() => _hold = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _hold!.SetResult();

    public void FailNext() => _fail = true;

    private async Task<EntryPage> ReadAsync(Priority priority, long after, int limit)
    {
        if (priority == Priority.Low && ++_lowReads == 1) _allRead.TrySetResult();
        if (priority != Priority.Normal) return new([], false);
        Asked.Add(limit);
        Entry[] snapshot;
        lock (_entries) snapshot = [.. _entries.Where(e => e.Seq > after).OrderBy(e => e.Seq).Take(limit)];
        _reading.TrySetResult();
        if (_hold is { } hold) await hold.Task;
        if (!_fail) return new(snapshot, snapshot.Length == limit);
        _fail = false;
        throw new TimeoutException();
    }
}

/// <summary>Pumps without receipts.</summary>
internal static class FakePump
{
    public static MailboxPump Of(IMailbox mailbox, IDeviceLink link, TimeProvider time, long deviceKey = 1, int windowBytes = 0) =>
        new(mailbox, new NoReceipts(), Mock.Of<IMailboxSignal>(), link, time, new($"d{deviceKey}", deviceKey, "family", DateTimeOffset.MaxValue), windowBytes);
}

/// <summary>No receipts wait.</summary>
internal sealed class NoReceipts : IReceiptStore
{
    public Task<IReadOnlyList<ReceiptFor>> ReadAsync(long senderKey, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<ReceiptFor>>([]);

    public Task ForgetAsync(IReadOnlyList<ReceiptFor> receipts) => Task.CompletedTask;
}

/// <summary>Keeps what was delivered.</summary>
internal sealed class FakeLink : IDeviceLink
{
    private readonly Channel<long> _delivered = Channel.CreateUnbounded<long>();

    public string ConnectionId => "c";
    /// <summary>Bytes of bodies of the largest write.</summary>
    public int LargestWrite { get; private set; }
    public bool Any => _delivered.Reader.Count > 0;

    public Task DeliverAsync(IReadOnlyList<Entry> entries)
    {
        LargestWrite = Math.Max(LargestWrite, entries.Sum(e => e.Message.Body.Length));
        foreach (var entry in entries) _delivered.Writer.TryWrite(entry.Seq);
        return Task.CompletedTask;
    }

    public Task<long> NextAsync() => _delivered.Reader.ReadAsync().AsTask().WaitAsync(TestDevice.Patience);

    public async Task<long[]> NextAsync(int count)
    {
        var seqs = new long[count];
        for (var i = 0; i < count; i++) seqs[i] = await NextAsync();
        return seqs;
    }

    public Task SessionStartedAsync(SessionStarted session) => Task.CompletedTask;

    public Task WithdrawnAsync(string messageId) => Task.CompletedTask;

    public Task ReceiptAsync(ReceiptFor receipt) => Task.CompletedTask;

    public Task<JsonText> CallAsync(string method, JsonText body, CancellationToken cancellationToken) => Task.FromResult(body);

    public Task TokenExpiringAsync(DateTimeOffset at) => Task.CompletedTask;

    public Task DrainingAsync(int reconnectAfterMs) => Task.CompletedTask;

    public Task CloseAsync(TimeSpan patience) => Task.CompletedTask;

    public void End(string reason) { }
}
