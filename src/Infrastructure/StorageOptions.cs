using Npgsql;
using RooCoord.Infrastructure.PubSub;

namespace RooCoord.Infrastructure;

/// <summary>Options <c>RooCoord:Data</c>, <c>RooCoord:Database</c>, <c>RooCoord:Redis</c>, <c>RooCoord:Cluster</c>, <c>RooCoord:Blobs</c>, <c>RooCoord:MinFreeBytes</c>.</summary>
public sealed record StorageOptions
{
    /// <summary>The word for the embedded engine.</summary>
    public const string Sqlite = "sqlite";

    /// <summary>Where the embedded database, keys and blobs live.</summary>
    public string Data { get; init; } = "./data";

    /// <summary><c>sqlite</c> or a PostgreSQL connection string.</summary>
    public string Database { get; init; } = Sqlite;

    /// <summary>A Redis connection string: with it this node is one of several on the database.</summary>
    public string Redis { get; init; } = "";

    /// <summary>Whether this node is one of several that have no Redis: they hear of each other by PostgreSQL's notifications.</summary>
    public bool Cluster { get; init; }

    /// <summary>Begins the names of all channels: deployments with different ones do not meet.</summary>
    public string RedisPrefix { get; init; } = "roocoord";

    /// <summary>Whether this node is one of several.</summary>
    public bool IsCluster => Cluster || Redis.Length > 0;

    /// <summary>What carries messages between the nodes of a cluster.</summary>
    internal PubSubOptions PubSub => Redis.Length > 0 ? new RedisOptions(Redis, RedisPrefix) : new PostgresNotifyOptions(Database, RedisPrefix);

    /// <summary>Where blobs live; empty: <c>blobs</c> in <see cref="Data"/>. Shared by all nodes.</summary>
    public string Blobs { get; init; } = "";

    /// <summary>The folder of the blobs.</summary>
    public string BlobFolder => Path.GetFullPath(Blobs.Length > 0 ? Blobs : Path.Combine(Data, "blobs"));

    /// <summary>Who looks into files before they are published.</summary>
    public Scan.ScanOptions Scan { get; init; } = new();

    /// <summary>Bytes that must be free on the disks of <see cref="Data"/> and <see cref="Blobs"/> for the server to be ready; 0: not looked at.</summary>
    public long MinFreeBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long what is settled is kept.</summary>
    public RetentionOptions Retention { get; init; } = new();

    /// <summary>Whether the embedded engine is used.</summary>
    public bool IsEmbedded => string.Equals(Database, Sqlite, StringComparison.OrdinalIgnoreCase);

    private static bool IsConnectionString(string text)
    {
        try { return new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 }; }
        catch (ArgumentException) { return false; }
    }

    /// <summary>What is wrong with these values, each a sentence without secrets.</summary>
    public IEnumerable<string> Problems()
    {
        if (MinFreeBytes < 0) yield return "RooCoord:MinFreeBytes must not be negative";
        foreach (var problem in Retention.Problems().Concat(Scan.Problems())) yield return problem;
        if (string.IsNullOrWhiteSpace(Data)) yield return "RooCoord:Data must name a folder";
        if (IsCluster && IsEmbedded) yield return $"{(Cluster ? "RooCoord:Cluster" : "RooCoord:Redis")} is for several nodes: it needs RooCoord:Database to be a PostgreSQL connection string";
        if (IsCluster) foreach (var problem in PubSub.Problems()) yield return problem;
        if (!IsEmbedded && !IsConnectionString(Database)) yield return "RooCoord:Database must be 'sqlite' or a PostgreSQL connection string";
    }
}
