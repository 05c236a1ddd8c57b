using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Npgsql;
using RooCoord.Infrastructure.Sql;

namespace RooCoord.Infrastructure.PubSub;

/// <summary>
/// By way of PostgreSQL's LISTEN and NOTIFY, for deployments of a few nodes without Redis: every node hears everything and passes
/// over what it did not subscribe to. Nobody says who got a message, so every message that was sent counts as heard.
/// </summary>
/// <seealso href="https://www.postgresql.org/docs/current/sql-notify.html"/>
internal sealed class PostgresLine : PubSubLine
{
    // In one statement; each may be many notifications.
    private const int MaxMessages = 500;
    private const int MaxBytes = 1024 * 1024;
    // Some seconds' worth. More would only be late.
    private const long MaxWaitingBytes = 64 * 1024 * 1024;

    private readonly NpgsqlConnection _listening;
    private readonly NpgsqlConnection _notifying;
    private readonly string _name;
    private readonly NotificationReader _reader = new();
    private readonly ConcurrentDictionary<string, Action<byte[]>> _subscribed = new(StringComparer.Ordinal);
    private readonly Channel<Waiting> _waiting = Channel.CreateUnbounded<Waiting>(new() { SingleReader = true });
    private readonly CancellationTokenSource _closing = new();
    private long _waitingBytes;
    private int _isDisposed;
    private long _sentAt;
    private long _heardAt;

    private PostgresLine(PostgresNotifyOptions options, string echoChannel) : base(echoChannel)
    {
        // Connections of its own: one that listens cannot be lent.
        var settings = new NpgsqlConnectionStringBuilder(options.Database)
        {
            Pooling = false,
            Timeout = (int)Patience.TotalSeconds,
            CommandTimeout = (int)Patience.TotalSeconds,
            ApplicationName = "RooCoord notifications",
        };
        (_listening, _notifying, _name) = (new(settings.ConnectionString), new(settings.ConnectionString), options.Prefix);
        _listening.Notification += (_, notification) => Arrived(notification.Payload);
    }

    /// <summary>Opens both connections and hears itself through them.</summary>
    /// <exception cref="PubSubUnavailableException">Not within a few seconds.</exception>
    public static async Task<PubSubLine> OpenAsync(PostgresNotifyOptions options, string echoChannel, CancellationToken cancellationToken)
    {
        var line = new PostgresLine(options, echoChannel);
        try
        {
            await Task.WhenAll(line._listening.OpenAsync(cancellationToken), line._notifying.OpenAsync(cancellationToken)).ConfigureAwait(false);
            // The name is checked to have no quotes.
            await ExecuteAsync(line._notifying, PostgresDatabase.Abandoned, cancellationToken).ConfigureAwait(false);
            // A listener that takes nothing keeps all notifications from being forgotten, and dead rows from being vacuumed.
            await ExecuteAsync(line._listening, $"{PostgresDatabase.Abandoned}; LISTEN \"{line._name}\"", cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            line.Dispose();
            if (exception is OperationCanceledException) throw;
            throw new PubSubUnavailableException("PostgreSQL cannot be reached", exception);
        }
        _ = line.RunAsync();
        await line.BeginAsync(cancellationToken).ConfigureAwait(false);
        return line;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public override Task<bool> SubscribeAsync(string channel, Action<byte[]> received)
    {
        _subscribed[channel] = received;
        return Task.FromResult(!HasFallen);
    }

    public override void Unsubscribe(string channel) => _subscribed.TryRemove(channel, out _);

    public override bool Post(string channel, byte[] payload) => TryAdd(new(channel, payload, null));

    public override async Task<long> PublishAsync(string channel, byte[] payload)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            if (!TryAdd(new(channel, payload, sent))) throw new PubSubUnavailableException();
            await sent.Task.WaitAsync(Patience).ConfigureAwait(false);
            return 1;
        }
        catch (TimeoutException exception)
        {
            // Not sent any more, if it still waits.
            sent.TrySetCanceled();
            throw new PubSubUnavailableException("PostgreSQL did not take the message", exception);
        }
    }

    protected override bool IsBusy => Stopwatch.GetElapsedTime(Volatile.Read(ref _sentAt)) < Patience && Stopwatch.GetElapsedTime(Volatile.Read(ref _heardAt)) < Patience;

    private bool TryAdd(Waiting waiting)
    {
        if (Interlocked.Add(ref _waitingBytes, waiting.Payload.Length) <= MaxWaitingBytes && _waiting.Writer.TryWrite(waiting)) return true;
        Interlocked.Add(ref _waitingBytes, -waiting.Payload.Length);
        return false;
    }

    private bool TryTake([NotNullWhen(true)] out Waiting? waiting)
    {
        if (!_waiting.Reader.TryRead(out waiting)) return false;
        Interlocked.Add(ref _waitingBytes, -waiting.Payload.Length);
        return true;
    }

    private void Arrived(string notification)
    {
        Volatile.Write(ref _heardAt, Stopwatch.GetTimestamp());
        if (HasFallen || _reader.Read(notification) is not { } message) return;
        if (_subscribed.TryGetValue(message.Channel, out var received)) received(message.Payload);
    }

    private async Task ListenAsync()
    {
        while (true) await _listening.WaitAsync(_closing.Token).ConfigureAwait(false);
    }

    // What gathers while a statement is on its way goes with the next one: one transaction, in order.
    private async Task NotifyAsync()
    {
        while (await _waiting.Reader.WaitToReadAsync(_closing.Token).ConfigureAwait(false))
        {
            var (batch, bytes) = (new List<Waiting>(), 0);
            while (batch.Count < MaxMessages && bytes < MaxBytes && TryTake(out var next))
            {
                // Nobody waits for it any more.
                if (next.Sent is { Task.IsCompleted: true }) continue;
                batch.Add(next);
                bytes += next.Payload.Length;
            }
            if (batch.Count == 0) continue;
            try
            {
                await using var command = new NpgsqlCommand("SELECT pg_notify($1, part) FROM unnest($2) part", _notifying)
                {
                    Parameters = { new() { Value = _name }, new() { Value = Notifications.Of(batch.Select(w => (w.Channel, w.Payload))).ToArray() } },
                };
                await command.ExecuteNonQueryAsync(_closing.Token).ConfigureAwait(false);
                Volatile.Write(ref _sentAt, Stopwatch.GetTimestamp());
                foreach (var sent in batch) sent.Sent?.TrySetResult();
            }
            catch (Exception exception)
            {
                foreach (var unsent in batch) unsent.Fail(exception);
                throw;
            }
        }
    }

    // What broke is told to those who wait, and by the next line's failure to open.
    private async Task RunAsync()
    {
        Task[] running = [ListenAsync(), NotifyAsync()];
        await Task.WhenAny(running).ConfigureAwait(false);
        Fall();
        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _waiting.Writer.TryComplete();
        while (TryTake(out var unsent)) unsent.Fail(null);
    }

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        base.Dispose();
        _closing.Cancel();
        // Saying goodbye may take as long as the other side likes.
        _ = Task.Run(() =>
        {
            _listening.Dispose();
            _notifying.Dispose();
        });
    }

    private sealed record Waiting(string Channel, byte[] Payload, TaskCompletionSource? Sent)
    {
        public void Fail(Exception? cause) => Sent?.TrySetException(new PubSubUnavailableException("PostgreSQL did not take the message", cause));
    }
}
