namespace RooCoord.Domain.Files;

/// <summary>What files are sorted by.</summary>
public enum FileOrder
{
    /// <summary>When they were created.</summary>
    Created,
    /// <summary>When they, or what is said of them, changed last.</summary>
    Updated,
    /// <summary>Their name, in lower case.</summary>
    Name,
    /// <summary>Bytes.</summary>
    Size,
}

/// <summary>Whose files are looked for.</summary>
public enum FileOwnership
{
    /// <summary>Own and shared ones.</summary>
    Any,
    /// <summary>Own ones.</summary>
    Own,
    /// <summary>Others', shared with the user.</summary>
    Shared,
}

/// <summary>Which files are looked for; null or empty: whatever it is.</summary>
public sealed record FileQuery
{
    /// <summary>Words; all must begin a word of the name, the tags or the description.</summary>
    public string? Words { get; init; }
    /// <summary>A media type, or a main type and <c>/*</c>.</summary>
    public string? Type { get; init; }
    /// <summary>Tags; all must be there.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];
    /// <summary>Bytes at least.</summary>
    public long? MinSize { get; init; }
    /// <summary>Bytes at most.</summary>
    public long? MaxSize { get; init; }
    /// <summary>Created at this time or later.</summary>
    public DateTimeOffset? After { get; init; }
    /// <summary>Created before this time.</summary>
    public DateTimeOffset? Before { get; init; }
    /// <summary>Whose.</summary>
    public FileOwnership Ownership { get; init; }
    /// <summary>Of this user only.</summary>
    public string? OwnerId { get; init; }
    /// <summary>Sorted by this, then by id.</summary>
    public FileOrder Order { get; init; }
    /// <summary>The largest or latest first.</summary>
    public bool Descending { get; init; }
    /// <summary>Behind this place.</summary>
    public FilePlace? Behind { get; init; }
    /// <summary>At most so many.</summary>
    public int Limit { get; init; }
}

/// <summary>A place in a sorted list of files: where one with this value and id would be.</summary>
/// <param name="Number">The value sorted by, where it is a number or a time (milliseconds).</param>
/// <param name="Text">The value sorted by, where it is a name.</param>
/// <param name="Id">The file's id.</param>
public sealed record FilePlace(long Number, string Text, string Id);
