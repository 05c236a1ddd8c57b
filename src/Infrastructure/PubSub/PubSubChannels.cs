namespace RooCoord.Infrastructure.PubSub;

/// <summary>
/// Every channel of the project. What a caller may choose (a group, a user, a connection) stands last and all before it is
/// free of colons, so no two of them share a name; names are compared byte by byte.
/// </summary>
public sealed class PubSubChannels(string prefix)
{
    /// <summary>Where a process hears itself, to see that both its lines stand.</summary>
    public string Echo(string process) => $"{prefix}:echo:{process}";

    /// <summary>What nodes say to all others.</summary>
    public string AllNodes { get; } = $"{prefix}:nodes";

    /// <summary>What nodes say to one.</summary>
    public string Node(long node) => $"{prefix}:node:{node}";

    /// <summary>The channels of one hub type.</summary>
    public HubChannels Hub(Type hub) => new($"{prefix}:hub:{hub.FullName}");
}

/// <summary>The channels of one hub type.</summary>
public sealed class HubChannels(string prefix)
{
    /// <summary>All connections of the hub.</summary>
    public string All { get; } = $"{prefix}:all";

    /// <summary>The nodes' signs of life.</summary>
    public string Pulse { get; } = $"{prefix}:pulse";

    /// <summary>What is meant for one node: acknowledgements and answers.</summary>
    public string Node(string node) => $"{prefix}:node:{node}";

    /// <summary>One connection.</summary>
    public string Connection(string id) => $"{prefix}:connection:{id}";

    /// <summary>The members of one group.</summary>
    public string Group(string name) => $"{prefix}:group:{name}";

    /// <summary>The connections of one user.</summary>
    public string User(string id) => $"{prefix}:user:{id}";
}
