using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>A client at the other end of a real hub connection in memory; every method it knows takes one text.</summary>
internal sealed class HubClient : IInvocationBinder
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    public static readonly IHubProtocol Json = new JsonHubProtocol();
    private readonly PipeReader _reader;

    public HubClient(string? user = null, string? id = null)
    {
        var (toServer, toClient) = (new Pipe(), new Pipe());
        _reader = toClient.Reader;
        var connection = new DefaultConnectionContext(id ?? Guid.NewGuid().ToString("N"), new End(toServer.Reader, toClient.Writer), new End(toClient.Reader, toServer.Writer));
        Context = new(connection, new() { KeepAliveInterval = TimeSpan.FromMinutes(5) }, NullLoggerFactory.Instance) { Protocol = Json, UserIdentifier = user };
    }

    public HubConnectionContext Context { get; }
    public string Id => Context.ConnectionId;

    /// <summary>The next invocation: its method, text and id.</summary>
    public async Task<InvocationMessage> NextAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (true)
        {
            var read = await _reader.ReadAsync(deadline.Token);
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

    /// <summary>The next invocation's text.</summary>
    public async Task<string> NextTextAsync() => (string)(await NextAsync()).Arguments[0]!;

    public async Task<string[]> NextTextsAsync(int count)
    {
        var texts = new string[count];
        for (var i = 0; i < count; i++) texts[i] = await NextTextAsync();
        return texts;
    }

    public IReadOnlyList<Type> GetParameterTypes(string methodName) => [typeof(string)];

    public Type GetReturnType(string invocationId) => typeof(object);

    public Type GetStreamItemType(string streamId) => typeof(object);

    private sealed record End(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
