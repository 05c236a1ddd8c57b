using System.Collections.Concurrent;
using System.Threading.Channels;
using Npgsql;

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
    private const int MaxBytes = 4 * 1024 * 1024;

    private readonly NpgsqlConnection _listening;
    private readonly NpgsqlConnection _notifying;
    private readonly string _name;
    private readonly NotificationReader _reader = new();
    private readonly ConcurrentDictionary<string, Action<byte[]>> _subscribed = new(StringComparer.Ordinal);
    private readonly Channel<Waiting> _waiting = Channel.CreateUnbounded<Waiting>(new() { SingleReader = true });
    private readonly CancellationTokenSource _closing = new();

    private PostgresLine(PostgresNotifyOptions options, string echoChannel) : base(echoChannel)
    {
        // Connections of its own: one that listens cannot be lent.
        var settings = new NpgsqlConnectionStringBuilder(options.Database)
        {
            Pooling = false, Timeout = (int)Patience.TotalSeconds, CommandTimeout = (int)Patience.TotalSeconds, ApplicationName = "RooCoord notifications",
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
            await using var listen = new NpgsqlCommand($"LISTEN \"{line._name}\"", line._listening);
            await listen.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            line.Dispose();
            if (exception is OperationCanceledException) throw;
            throw new PubSubUnavailableException("PostgreSQL cannot be reached", exception);
        }
        _ = line.FallsWithAsync(line.ListenAsync());
        _ = line.FallsWithAsync(line.NotifyAsync());
        await line.BeginAsync(cancellationToken).ConfigureAwait(false);
        return line;
    }

    public override Task<bool> SubscribeAsync(string channel, Action<byte[]> received)
    {
        _subscribed[channel] = received;
        return Task.FromResult(!HasFallen);
    }

    public override void Unsubscribe(string channel) => _subscribed.TryRemove(channel, out _);

    public override async Task<long> PublishAsync(string channel, byte[] payload)
    {
        var waiting = new Waiting(channel, payload, new(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            if (!_waiting.Writer.TryWrite(waiting)) throw new PubSubUnavailableException();
            await waiting.Sent.Task.WaitAsync(Patience).ConfigureAwait(false);
            return 1;
        }
        catch (TimeoutException exception)
        {
            throw new PubSubUnavailableException("PostgreSQL did not take the message", exception);
        }
    }

    private void Arrived(string notification)
    {
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
            while (batch.Count < MaxMessages && bytes < MaxBytes && _waiting.Reader.TryRead(out var next))
            {
                batch.Add(next);
                bytes += next.Payload.Length;
            }
            try
            {
                await using var command = new NpgsqlCommand("SELECT pg_notify($1, part) FROM unnest($2) part", _notifying)
                {
                    Parameters = { new() { Value = _name }, new() { Value = Notifications.Of(batch.Select(w => (w.Channel, w.Payload))).ToArray() } },
                };
                await command.ExecuteNonQueryAsync(_closing.Token).ConfigureAwait(false);
                foreach (var sent in batch) sent.Sent.TrySetResult();
            }
            catch (Exception exception)
            {
                foreach (var unsent in batch) unsent.Fail(exception);
                throw;
            }
        }
    }

    private async Task FallsWithAsync(Task running)
    {
        // What broke is seen by those who wait, and by the next line's failure to open.
        try { await running.ConfigureAwait(false); }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException or InvalidOperationException or IOException or TimeoutException) { Fall(); }
        finally
        {
            Fall();
            _waiting.Writer.TryComplete();
            while (_waiting.Reader.TryRead(out var unsent)) unsent.Fail(null);
        }
    }

    public override void Dispose()
    {
        if (_closing.IsCancellationRequested) return;
        base.Dispose();
        _closing.Cancel();
        // Saying goodbye may take as long as the other side likes.
        _ = Task.Run(() =>
        {
            _listening.Dispose();
            _notifying.Dispose();
        });
    }

    private sealed record Waiting(string Channel, byte[] Payload, TaskCompletionSource Sent)
    {
        public void Fail(Exception? cause) => Sent.TrySetException(new PubSubUnavailableException("PostgreSQL did not take the message", cause));
    }
}
