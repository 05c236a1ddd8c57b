using System.Globalization;

namespace RooCoord.Infrastructure.Sql;

/// <summary>The statements on routes and their timers.</summary>
internal static class RouteSql
{
    /// <summary>Kind of the timers that begin the next step of a route; their subject is the message's key.</summary>
    public const string TimerKind = "route";

    public static string Subject(long messageKey) => messageKey.ToString(CultureInfo.InvariantCulture);

    /// <summary>A step as stored.</summary>
    public sealed record StepRow(long MessageKey, long Step, bool AtSend, long BegunAt, long Matched, string Reason, string Deliveries);

    /// <summary>What changes of a route.</summary>
    public sealed record RouteState(long Step, long BegunAt, long? Winner);

    public static readonly SqlStatement<(long MessageKey, string Plan, long Step, long BegunAt)> InsertRoute = new(
        "INSERT INTO route (message_key, plan, step, begun_at) VALUES ($1, $2, $3, $4)",
        static (p, r) => { p.Add(r.MessageKey); p.Add(r.Plan); p.Add(r.Step); p.Add(r.BegunAt); });

    public static readonly SqlStatement<StepRow> InsertStep = new(
        "INSERT INTO route_step (message_key, step, at_send, begun_at, matched, reason, deliveries) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        static (p, s) =>
        {
            p.Add(s.MessageKey);
            p.Add(s.Step);
            p.Add(s.AtSend ? 1L : 0L);
            p.Add(s.BegunAt);
            p.Add(s.Matched);
            p.Add(s.Reason);
            p.Add(s.Deliveries);
        });

    public static readonly SqlStatement<(long MessageKey, long DueAt)> SetTimer = new(
        $"INSERT INTO timer (kind, subject, due_at) VALUES ('{TimerKind}', $1, $2) ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at",
        static (p, t) => { p.Add(Subject(t.MessageKey)); p.Add(t.DueAt); });

    public static readonly SqlStatement<long> DeleteTimer = new(
        $"DELETE FROM timer WHERE kind = '{TimerKind}' AND subject = $1", static (p, key) => p.Add(Subject(key)));

    /// <summary>Something of the message ended: its route, if it waits for its time, is looked at now.</summary>
    public static readonly SqlStatement<(long MessageKey, long Now)> LookNow = new(
        $"UPDATE timer SET due_at = $2 WHERE kind = '{TimerKind}' AND subject = $1 AND due_at > $2",
        static (p, t) => { p.Add(Subject(t.MessageKey)); p.Add(t.Now); });

    public static readonly SqlStatement<(long MessageKey, long Step, long BegunAt)> MoveRoute = new(
        "UPDATE route SET step = $2, begun_at = $3 WHERE message_key = $1",
        static (p, r) => { p.Add(r.MessageKey); p.Add(r.Step); p.Add(r.BegunAt); });

    public static readonly SqlStatement<(long MessageKey, long Winner)> SetWinner = new(
        "UPDATE route SET winner = $2 WHERE message_key = $1", static (p, r) => { p.Add(r.MessageKey); p.Add(r.Winner); });

    /// <summary>Keeps the sweeper away from a message until the transaction ends; nothing when it is gone.</summary>
    public static SqlQuery<long, long> LockMessage(Database database) => database.ForUpdate.Length == 0 ? SelectMessage : SelectMessageForUpdate;

    private const string MessageSql = "SELECT message_key FROM message WHERE message_key = $1";
    private static readonly SqlQuery<long, long> SelectMessage = new(MessageSql, static (p, key) => p.Add(key), static r => r.GetInt64(0));
    private static readonly SqlQuery<long, long> SelectMessageForUpdate = new(MessageSql + " FOR UPDATE", static (p, key) => p.Add(key), static r => r.GetInt64(0));

    /// <summary>Step, begin and winner, the row locked where rows can be.</summary>
    public static SqlQuery<long, RouteState> Lock(Database database) => database.ForUpdate.Length == 0 ? SelectState : SelectStateForUpdate;

    private const string StateSql = "SELECT step, begun_at, winner FROM route WHERE message_key = $1";
    private static readonly SqlQuery<long, RouteState> SelectState = new(StateSql, static (p, key) => p.Add(key), ReadState);
    private static readonly SqlQuery<long, RouteState> SelectStateForUpdate = new(StateSql + " FOR UPDATE", static (p, key) => p.Add(key), ReadState);

    private static RouteState ReadState(ISqlRow r) => new(r.GetInt64(0), r.GetInt64(1), r.IsNull(2) ? null : r.GetInt64(2));
}
