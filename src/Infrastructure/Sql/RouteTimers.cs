using System.Globalization;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Goes on with the route of a message.</summary>
internal sealed class RouteTimers(GroupCommit commit) : ITimerHandler
{
    public string Kind => RouteSql.TimerKind;

    public Task FireAsync(string subject)
    {
        var work = new RouteWork(long.Parse(subject, CultureInfo.InvariantCulture));
        commit.Enqueue(work);
        return work.Task;
    }
}
