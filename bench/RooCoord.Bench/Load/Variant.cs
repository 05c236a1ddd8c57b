namespace RooCoord.Bench.Load;

/// <summary>One thing that is compared, and what its protocol asks of the load.</summary>
/// <param name="Name">As in the tables.</param>
/// <param name="IsRooCoord">Speaks PROTOCOL.md; otherwise the bare hub.</param>
/// <param name="IsDurable">Stored before it is confirmed, and acknowledged by the receiver.</param>
/// <param name="OnPostgres">Stored in PostgreSQL instead of SQLite.</param>
internal sealed record Variant(string Name, bool IsRooCoord, bool IsDurable, bool OnPostgres)
{
    /// <summary>A SignalR hub that only forwards.</summary>
    public static Variant Bare { get; } = new("bare", false, false, false);

    /// <summary>RooCoord's default.</summary>
    public static Variant DurableSqlite { get; } = new("durable sqlite", true, true, false);

    /// <summary>RooCoord on the database it shares between nodes.</summary>
    public static Variant DurablePostgres { get; } = new("durable postgres", true, true, true);

    /// <summary>RooCoord's messages that are never stored.</summary>
    public static Variant Ephemeral { get; } = new("ephemeral", true, false, false);
}
