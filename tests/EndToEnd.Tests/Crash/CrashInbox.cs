using Microsoft.AspNetCore.SignalR;
using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Crash;

/// <summary>What an app does with its messages: handles most of them, rejects some, puts some off; remembers across connections what it handled.</summary>
internal sealed class CrashInbox(string device, CrashLog log, Random random)
{
    private const double RetryShare = 0.05;
    private const double RejectShare = 0.05;
    private const double AcknowledgeAtOnce = 0.15;
    private const double LongestRetrySeconds = 0.2;

    private readonly HashSet<long> _seen = [];
    private readonly HashSet<long> _handled = [];
    private readonly HashSet<long> _retried = [];
    private readonly Dictionary<string, long> _unacknowledged = [];
    private readonly List<Task> _calls = [];

    /// <summary>The last seq handled, or 0: an app may resume after it.</summary>
    public long Last { get; private set; }

    /// <summary>Notes a message, decides about it, and settles what is to be settled now; true when it had not come before.</summary>
    public bool Take(TestDevice connection, Envelope message)
    {
        var seq = message.Seq!.Value;
        log.Add(new CrashLine.Received(device, seq, message.Id, message.Priority, message.Attempt!.Value, message.Epoch!.Value));
        if (_handled.Contains(seq)) Handled(connection, seq, message.Priority);
        else if (random.NextDouble() < RetryShare && _retried.Add(seq)) Retry(connection, seq);
        else if (random.NextDouble() < RejectShare) Call(() => connection.RejectAsync(seq, "no"), new CrashLine.Rejected(device, seq));
        else Handled(connection, seq, message.Priority);
        if (connection.Waiting == 0 || random.NextDouble() < AcknowledgeAtOnce) AcknowledgeAll(connection);
        return _seen.Add(seq);
    }

    /// <summary>Waits until each call was answered, or its connection is gone.</summary>
    public async Task CallsEndedAsync()
    {
        await Task.WhenAll(_calls).Bounded();
        _calls.Clear();
        _unacknowledged.Clear();
    }

    private void Retry(TestDevice connection, long seq)
    {
        log.Add(new CrashLine.Retrying(device, seq));
        var seconds = random.NextDouble() * LongestRetrySeconds;
        Call(() => connection.RetryAsync(seq, seconds), answered: null);
    }

    private void Handled(TestDevice connection, long seq, string priority)
    {
        _handled.Add(seq);
        Last = seq;
        // Only a call that names it settles what was put off.
        if (_retried.Contains(seq)) Acknowledge(connection, seq);
        else _unacknowledged[priority] = seq;
    }

    private void AcknowledgeAll(TestDevice connection)
    {
        foreach (var seq in _unacknowledged.Values) Acknowledge(connection, seq);
        _unacknowledged.Clear();
    }

    private void Acknowledge(TestDevice connection, long seq) => Call(() => connection.AcknowledgeAsync(seq), new CrashLine.Acknowledged(device, seq));

    private void Call(Func<Task> call, CrashLine? answered) => _calls.Add(CallAsync(call, answered));

    private async Task CallAsync(Func<Task> call, CrashLine? answered)
    {
        try
        {
            await Poll.UntilAsync(() => IsAnsweredAsync(call), "the call is answered");
            if (answered is not null) log.Add(answered);
        }
        catch (Exception exception) when (Failure.IsLostConnection(exception) || Failure.HasCode(exception, ErrorCodes.Conflict))
        {
            // Unanswered (a conflict is an older connection's): a hint that may count or not.
        }
    }

    private static async Task<bool> IsAnsweredAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (HubException refusal) when (Failure.IsPassing(refusal))
        {
            return false;
        }
    }
}
