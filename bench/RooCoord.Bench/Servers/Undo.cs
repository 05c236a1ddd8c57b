namespace RooCoord.Bench.Servers;

/// <summary>What was acquired so far and has to be released if the next step fails.</summary>
internal sealed class Undo : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _acquired = new();

    public T Add<T>(T resource)
        where T : IAsyncDisposable
    {
        _acquired.Push(resource);
        return resource;
    }

    /// <summary>All went well: somebody else releases them.</summary>
    public void Clear() => _acquired.Clear();

    public async ValueTask DisposeAsync()
    {
        while (_acquired.TryPop(out var resource)) await resource.DisposeAsync();
    }
}
