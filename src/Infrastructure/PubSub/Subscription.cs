namespace RooCoord.Infrastructure.PubSub;

/// <summary>A channel that somebody here wants, through all losses of the connection. Guarded by its owner's lock but for reading <see cref="Received"/>.</summary>
internal sealed class Subscription(string channel)
{
    private TaskCompletionSource _standing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Channel => channel;

    /// <summary>Who is called, in this order; replaced, never changed.</summary>
    public Action<byte[]>[] Received { get; private set; } = [];

    /// <summary>Ends when it is confirmed; a new one after a loss.</summary>
    public Task Standing => _standing.Task;

    /// <summary>Asked for on the line that stands, and not answered yet.</summary>
    public bool IsAsked { get; set; }

    public void Add(Action<byte[]> received) => Received = [.. Received, received];

    /// <summary>False when nobody is left.</summary>
    public bool Remove(Action<byte[]> received)
    {
        var at = Array.IndexOf(Received, received);
        if (at >= 0) Received = [.. Received[..at], .. Received[(at + 1)..]];
        return Received.Length > 0;
    }

    public void Stands() => _standing.TrySetResult();

    public void Fell()
    {
        IsAsked = false;
        if (_standing.Task.IsCompleted) _standing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
