using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace RooCoord.Bench.Backplane.Nodes;

/// <summary>A client in memory at the other end of a hub connection; 64 KiB fill its pipe. Its methods take one text.</summary>
internal sealed class Client : IInvocationBinder, IDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    public static readonly IHubProtocol Json = new JsonHubProtocol();
    private const byte RecordSeparator = 0x1e;
    private readonly PipeReader _reader;

    public Client(string? user)
    {
        var (toServer, toClient) = (new Pipe(), new Pipe());
        _reader = toClient.Reader;
        var connection = new DefaultConnectionContext(Guid.NewGuid().ToString("N"), new End(toServer.Reader, toClient.Writer), new End(toClient.Reader, toServer.Writer));
        Context = new(connection, new() { KeepAliveInterval = TimeSpan.FromMinutes(5) }, NullLoggerFactory.Instance) { Protocol = Json, UserIdentifier = user };
    }

    public HubConnectionContext Context { get; }
    public string Id => Context.ConnectionId;
    public bool IsDropped => Context.ConnectionAborted.IsCancellationRequested;

    /// <summary>The next invocation; an <see cref="OperationCanceledException"/> when it does not come in time.</summary>
    public async Task<InvocationMessage> NextAsync(TimeSpan? patience = null)
    {
        using var deadline = new CancellationTokenSource(patience ?? Deadline);
        while (true)
        {
            var read = await _reader.ReadAsync(deadline.Token);
            if (read.IsCanceled) throw new EndOfStreamException();
            var rest = read.Buffer;
            if (Json.TryParseMessage(ref rest, this, out var message))
            {
                _reader.AdvanceTo(rest.Start);
                if (message is InvocationMessage invocation) return invocation;
                continue;
            }
            if (read.IsCompleted) throw new EndOfStreamException();
            _reader.AdvanceTo(rest.Start, rest.End);
        }
    }

    /// <summary>The next invocation's text; null: none came in time.</summary>
    public async Task<string?> NextTextAsync(TimeSpan? patience = null)
    {
        try { return (string?)(await NextAsync(patience)).Arguments[0]; }
        catch (OperationCanceledException) { return null; }
    }

    /// <summary>Reads messages without looking into them until there were so many, or for so long; how many there were.</summary>
    public async Task<int> DrainAsync(int count, TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience);
        var had = 0;
        try
        {
            while (had < count)
            {
                var read = await _reader.ReadAsync(deadline.Token);
                foreach (var segment in read.Buffer) had += segment.Span.Count(RecordSeparator);
                _reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled) break;
            }
        }
        catch (OperationCanceledException) { /* So many it is. */ }
        return had;
    }

    /// <summary>Answers every call with its own text until the client is closed.</summary>
    public async Task AnswerAsync(HubLifetimeManager<Hub> hub)
    {
        try
        {
            while (true)
            {
                var call = await NextAsync(TimeSpan.FromMinutes(1));
                await hub.SetConnectionResultAsync(Id, CompletionMessage.WithResult(call.InvocationId!, call.Arguments[0]));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or InvalidOperationException or EndOfStreamException) { /* Closed. */ }
    }

    public IReadOnlyList<Type> GetParameterTypes(string methodName) => [typeof(string)];

    public Type GetReturnType(string invocationId) => typeof(object);

    public Type GetStreamItemType(string streamId) => typeof(object);

    /// <summary>Reads no more: what waits to be written to it ends.</summary>
    public void Dispose()
    {
        Context.Abort();
        _reader.CancelPendingRead();
        _reader.Complete();
    }

    private sealed record End(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
