using Dapper;
using RooCoord.Application.Messages;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Reads routes, their steps and their messages inside a batch.</summary>
internal static class RouteReading
{
    /// <summary>The steps of a message, first to last.</summary>
    public static async ValueTask<IReadOnlyList<BegunStep>> StepsAsync(ISqlTransaction transaction, long messageKey, bool atSendOnly)
    {
        var steps = (await StoredAsync(transaction, messageKey).ConfigureAwait(false)).Where(s => s.AtSend || !atSendOnly);
        var result = new List<BegunStep>();
        foreach (var step in steps)
        {
            var ids = await transaction.QueryEachAsync(MailboxAppends.SelectDeviceId, [.. step.Deliveries.Select(d => d.Device)]).ConfigureAwait(false);
            result.Add(new(step.Index, step.Matched, ids!, step.Reason));
        }
        return result;
    }

    /// <summary>The steps of a message as stored.</summary>
    public static async ValueTask<IReadOnlyList<StoredStep>> StoredAsync(ISqlTransaction transaction, long messageKey)
    {
        await transaction.FlushAsync().ConfigureAwait(false);
        var rows = await transaction.Connection.QueryAsync<(long Step, long AtSend, long Matched, string Reason, string Deliveries)>(
            "SELECT step, at_send, matched, reason, deliveries FROM route_step WHERE message_key = @messageKey ORDER BY step", new { messageKey }).ConfigureAwait(false);
        return [.. rows.Select(r => new StoredStep((int)r.Step, r.AtSend != 0, (int)r.Matched, r.Reason, DeliveryList.Parse(r.Deliveries)))];
    }

    /// <summary>A message with its route; null when it has none, or is gone.</summary>
    public static async ValueTask<RoutedMessage?> MessageAsync(ISqlTransaction transaction, long messageKey)
    {
        await transaction.FlushAsync().ConfigureAwait(false);
        var row = await transaction.Connection.QuerySingleOrDefaultAsync<MessageRow>(
            $"{MessageRow.Select} JOIN route r ON r.message_key = m.message_key WHERE m.message_key = @messageKey", new { messageKey }).ConfigureAwait(false);
        if (row is null) return null;
        var plan = await transaction.Connection.ExecuteScalarAsync<string>("SELECT plan FROM route WHERE message_key = @messageKey", new { messageKey }).ConfigureAwait(false);
        return new(row.ToMessage(), Route.Parse(plan!), await StoredAsync(transaction, messageKey).ConfigureAwait(false));
    }

    /// <summary>A message by its id, with where it was offered; null when it never was.</summary>
    public static async ValueTask<ClaimedMessage?> ClaimedAsync(ISqlTransaction transaction, long userKey, string id)
    {
        await transaction.FlushAsync().ConfigureAwait(false);
        var key = await transaction.Connection.ExecuteScalarAsync<long?>(
            "SELECT m.message_key FROM message m JOIN route r ON r.message_key = m.message_key WHERE m.id = @id AND m.user_key = @userKey", new { id, userKey }).ConfigureAwait(false);
        if (key is null || await MessageAsync(transaction, key.Value).ConfigureAwait(false) is not { } routed) return null;
        return new(routed.Message, [.. routed.Steps.Where(s => routed.Route.Steps[s.Index].Target.Mode == TargetMode.Claim)
            .SelectMany(s => s.Deliveries.Where(d => d.Seq is not null).Select(d => new OfferedEntry(s.Index, d.Device, d.Seq!.Value)))]);
    }
}

/// <summary>A step begun.</summary>
internal sealed record StoredStep(int Index, bool AtSend, int Matched, string Reason, IReadOnlyList<(long Device, long? Seq)> Deliveries);

/// <summary>A message, its whole route, and the steps begun.</summary>
internal sealed record RoutedMessage(Message Message, Route Route, IReadOnlyList<StoredStep> Steps);

/// <summary>A message and all entries that were offers of it.</summary>
internal sealed record ClaimedMessage(Message Message, IReadOnlyList<OfferedEntry> Offers);

/// <summary>An entry that was offered in a step.</summary>
internal readonly record struct OfferedEntry(int Step, long Device, long Seq);
