namespace RooCoord.Application.Cluster;

/// <summary>This process among the nodes of its database. Its number is given once and never again: after it was declared dead, a node goes on under a new one.</summary>
public sealed class OwnNode
{
    private long _key;

    /// <summary>1 or more once registered; 0 before.</summary>
    public long Key
    {
        get => Volatile.Read(ref _key);
        set
        {
            Volatile.Write(ref _key, value);
            Changed?.Invoke();
        }
    }

    /// <summary>It has a number, or another one.</summary>
    public event Action? Changed;
}
