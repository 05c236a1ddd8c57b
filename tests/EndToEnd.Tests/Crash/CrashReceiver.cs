using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.EndToEnd.Tests.Relay;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Crash;

/// <summary>Receives on one connection after another: leaves, is cut off, takes over from itself, and comes back by itself after each crash.</summary>
internal sealed class CrashReceiver(RegisteredDevice registered, BreakableLine line, CrashLog log, Progress progress, int seed)
{
    private const int Window = 16;
    private const int LongestStay = 400;

    private readonly Random _random = new(seed);
    private readonly CrashInbox _inbox = new(registered.Device.Id, log, new Random(seed + 1));

    private string Device => registered.Device.Id;

    /// <summary>Until <paramref name="allSent"/> has ended and everything came and is settled.</summary>
    public async Task RunAsync(Task allSent)
    {
        var older = await ConnectAsync();
        while (true)
        {
            var connection = older;
            try
            {
                if (await StayAsync(connection, allSent)) return;
                // Sometimes the newer connection comes before the older one has gone.
                if (_random.Next(3) == 0) connection = await ConnectAsync();
            }
            catch (Exception exception) when (Failure.IsPassing(exception) || Failure.HasCode(exception, ErrorCodes.Conflict))
            {
                // The server or its database is gone, or the node was frozen and declared dead meanwhile: come back.
            }
            if (_random.Next(2) == 0 && connection == older) line.Break();
            await older.DisposeAsync();
            await _inbox.CallsEndedAsync();
            older = connection == older ? await ConnectAsync() : connection;
        }
    }

    // True when all is over.
    private async Task<bool> StayAsync(TestDevice connection, Task allSent)
    {
        await ResumeAsync(connection);
        var drained = DrainedAsync(connection, allSent);
        for (var stay = _random.Next(1, LongestStay + 1); stay > 0 || allSent.IsCompleted; stay--)
        {
            var next = connection.NextAsync();
            var first = await Task.WhenAny(next, drained, connection.Closed).Bounded();
            if (first == drained)
            {
                log.Add(new CrashLine.Drained(Device, await drained));
                await connection.DisposeAsync();
                return true;
            }
            if (first != next) throw new IOException("the connection is gone");
            if (_inbox.Take(connection, await next)) progress.Change(p => p.Handled++);
        }
        return false;
    }

    // An app may resume from what it has handled, or leave it to the server to know.
    private async Task ResumeAsync(TestDevice connection)
    {
        var after = _random.Next(2) == 0 ? _inbox.Last : 0;
        await connection.ResumeAsync(after, Window).Bounded();
        if (after > 0) log.Add(new CrashLine.Acknowledged(Device, after));
        log.Add(new CrashLine.Connected(Device));
    }

    private async Task<ResumeResult> DrainedAsync(TestDevice connection, Task allSent)
    {
        await allSent;
        ResumeResult? position = null;
        try
        {
            await Poll.UntilAsync(async () =>
            {
                position = await connection.ResumeAsync(0, Window).Bounded();
                return position.Acknowledged == position.Head && log.HasAll(Device);
            }, "the mailbox is drained");
        }
        catch (TimeoutException) when (position is not null)
        {
            // The checker says what is missing.
        }
        return position!;
    }

    private Task<TestDevice> ConnectAsync() => Reconnection.UntilItWorksAsync(line.Url, registered);
}
