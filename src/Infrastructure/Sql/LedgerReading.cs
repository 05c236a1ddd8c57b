using System.Data.Common;
using System.Globalization;
using System.Text;
using Dapper;
using RooCoord.Application.Messages;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Finds the deliveries and routes of messages read: one statement each for a whole page.</summary>
internal static class LedgerReading
{
    public static async Task<IReadOnlyList<LedgerMessage>> CompleteAsync(DbConnection connection, IReadOnlyList<MessageRow> messages)
    {
        if (messages.Count == 0) return [];
        var keys = string.Join(',', messages.Select(m => m.MessageKey.ToString(CultureInfo.InvariantCulture)));
        var first = (await connection.QueryAsync<(long Key, string Deliveries)>(
            $"SELECT message_key, deliveries FROM message WHERE message_key IN ({keys})").ConfigureAwait(false)).ToDictionary(r => r.Key, r => r.Deliveries);
        var steps = (await connection.QueryAsync<(long Key, long Step, long AtSend, long Matched, string Reason, string Deliveries)>(
            $"SELECT message_key, step, at_send, matched, reason, deliveries FROM route_step WHERE message_key IN ({keys}) ORDER BY message_key, step").ConfigureAwait(false)).ToLookup(r => r.Key);
        var redriven = (await connection.QueryAsync<(long Key, long Device, long Seq)>(
            $"SELECT message_key, device_key, new_seq FROM redrive WHERE message_key IN ({keys}) ORDER BY redriven_at").ConfigureAwait(false)).ToLookup(r => r.Key);

        var placed = messages.Select(m => (Row: m, Places: PlacesOf(first[m.MessageKey], steps[m.MessageKey], redriven[m.MessageKey]))).ToArray();
        var entries = await EntriesAsync(connection, placed.SelectMany(p => p.Places.Where(d => d.Seq is not null).Select(d => (d.Device, p.Row.Priority, d.Seq!.Value)))).ConfigureAwait(false);
        var ids = await IdsAsync(connection, placed.SelectMany(p => p.Places).Select(d => d.Device)).ConfigureAwait(false);
        return [.. placed.Select(p => new LedgerMessage(
            p.Row.ToMessage(),
            [.. p.Places.Select(d => ToDelivery(d, ids[d.Device], entries))],
            steps.Contains(p.Row.MessageKey) ? [.. steps[p.Row.MessageKey].Select(s => new BegunStep(
                (int)s.Step, (int)s.Matched, [.. DeliveryList.Parse(s.Deliveries).Select(d => ids[d.Device])], s.Reason))] : null))];
    }

    private static List<(long Device, long? Seq)> PlacesOf(
        string first, IEnumerable<(long Key, long Step, long AtSend, long Matched, string Reason, string Deliveries)> steps, IEnumerable<(long Key, long Device, long Seq)> redriven) =>
        [.. DeliveryList.Parse(first), .. steps.Where(s => s.AtSend == 0).SelectMany(s => DeliveryList.Parse(s.Deliveries)), .. redriven.Select(r => (r.Device, (long?)r.Seq))];

    private static LedgerDelivery ToDelivery((long Device, long? Seq) place, string id, Dictionary<(long, long), EntryStateRow> entries)
    {
        if (place.Seq is not { } seq || !entries.TryGetValue((place.Device, seq), out var entry))
            return new(place.Device, id, place.Seq, DeliveryState.Stored, null, null, 0);
        var state = entry.Passed != 0 ? DeliveryState.Acknowledged : EntryStates.Of((EntryState)entry.State);
        return new(place.Device, id, seq, state, entry.Reason, DeviceRow.Time(entry.PassedAt != 0 ? entry.PassedAt : entry.SettledAt), (int)entry.Attempt);
    }

    private static async Task<Dictionary<(long, long), EntryStateRow>> EntriesAsync(DbConnection connection, IEnumerable<(long Device, long Priority, long Seq)> wanted)
    {
        // Numbers only: they may stand in the text, which keeps it one statement on both engines.
        var values = new StringBuilder();
        foreach (var (device, priority, seq) in wanted)
            values.Append(values.Length == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"({device},{priority},{seq})");
        if (values.Length == 0) return [];
        var rows = await connection.QueryAsync<EntryStateRow>(
            $"""
            WITH wanted (device_key, priority, seq) AS (VALUES {values}),
            found AS (
                SELECT e.device_key, e.priority, e.seq, e.state, e.attempt, e.reason, e.settled_at,
                       CASE WHEN e.state = 0 AND e.seq <= (CASE e.priority WHEN 0 THEN b.acked_low WHEN 1 THEN b.acked_normal WHEN 2 THEN b.acked_high ELSE b.acked_critical END)
                            THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS passed
                FROM wanted w
                JOIN entry e ON e.device_key = w.device_key AND e.priority = w.priority AND e.seq = w.seq
                JOIN mailbox b ON b.device_key = e.device_key)
            SELECT f.device_key AS DeviceKey, f.seq AS Seq, f.state AS State, f.attempt AS Attempt, f.reason AS Reason, f.settled_at AS SettledAt, f.passed AS Passed,
                   COALESCE((
                       SELECT a.at FROM acknowledgement a WHERE f.passed = 1 AND a.device_key = f.device_key AND a.priority = f.priority AND a.seq >= f.seq
                       ORDER BY a.seq LIMIT 1), 0) AS PassedAt
            FROM found f
            """).ConfigureAwait(false);
        return rows.ToDictionary(r => (r.DeviceKey, r.Seq));
    }

    private static async Task<Dictionary<long, string>> IdsAsync(DbConnection connection, IEnumerable<long> devices)
    {
        var keys = string.Join(',', devices.Distinct().Select(k => k.ToString(CultureInfo.InvariantCulture)));
        if (keys.Length == 0) return [];
        return (await connection.QueryAsync<(long Key, string Id)>($"SELECT device_key, id FROM device WHERE device_key IN ({keys})").ConfigureAwait(false)).ToDictionary(r => r.Key, r => r.Id);
    }

    // Settable: of an empty result SQLite tells no types, which a constructor would have to match.
    private sealed class EntryStateRow
    {
        public long DeviceKey { get; init; }
        public long Seq { get; init; }
        public long State { get; init; }
        public long Attempt { get; init; }
        public string? Reason { get; init; }
        public long? SettledAt { get; init; }
        public long Passed { get; init; }
        public long PassedAt { get; init; }
    }
}
