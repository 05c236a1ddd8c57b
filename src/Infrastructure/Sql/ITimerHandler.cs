namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// What durable timers of one kind do (rows of <c>timer</c>, set in the transaction that needs them). A due timer stays due
/// until its handler has moved or deleted it in a transaction of its own, so none is lost by a crash, and every node may look
/// at it: the handler decides under its locks whether there is anything left to do.
/// </summary>
internal interface ITimerHandler
{
    /// <summary>The kind.</summary>
    string Kind { get; }

    /// <summary>The timer of this subject is due.</summary>
    Task FireAsync(string subject);
}
