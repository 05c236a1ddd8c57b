using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RooCoord.Application.Cluster;
using RooCoord.Domain;
using RooCoord.Infrastructure.PubSub;

namespace RooCoord.Infrastructure.Nodes;

/// <summary>
/// The way to the other nodes by publishing: each node hears one channel of its own and one of all. Frames are counted for each
/// receiver, so that a node sees when it missed one.
/// </summary>
internal sealed partial class NodeBus : INodeBus, IHostedLifecycleService
{
    private const int All = 0;
    private static readonly TimeSpan SubscribePatience = TimeSpan.FromSeconds(5);

    private readonly PubSubConnection _pubSub;
    private readonly OwnNode _own;
    private readonly IServiceProvider _services;
    private readonly ILogger<NodeBus> _logger;
    private readonly ConcurrentDictionary<long, Line> _lines = [];
    private readonly HeardFrames _heard = new();
    private readonly NodeQuestions _questions = new();
    private readonly NodeAnswers _answers;
    // Needs the pumps, which need this.
    private NodeInbox? _inbox;
    private string? _channel;

    public NodeBus(PubSubConnection pubSub, OwnNode own, IServiceProvider services, ILogger<NodeBus> logger)
    {
        (_pubSub, _own, _services, _logger) = (pubSub, own, services, logger);
        _answers = new(Send);
        _pubSub.Restored += () =>
        {
            // Answers may have been lost with what else was.
            _questions.FailAll();
            _inbox?.Missed();
        };
        _own.Changed += () => _ = ListenAsync();
    }

    public bool IsCluster => true;

    public bool IsUp => _pubSub.IsConnected;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        _inbox = _services.GetRequiredService<NodeInbox>();
        await _pubSub.SubscribeAsync(_pubSub.Channels.AllNodes, ReceivedByAll, SubscribePatience).ConfigureAwait(false);
    }

    public Task StartAsync(CancellationToken cancellationToken) => ListenAsync();

    public void Post(long node, NodeMessage message)
    {
        if (message is EntriesAppended appended) foreach (var part in EntryParts.Of(appended.Entries)) PostWhole(node, new EntriesAppended(part));
        else PostWhole(node, message);
    }

    private void PostWhole(long node, NodeMessage message)
    {
        var line = LineTo(node);
        lock (line)
        {
            if (_pubSub.Post(ChannelOf(node), line.Next(NodeFrameKind.Message, _own.Key, 0, w => NodeMessageFormat.Write(w, message)))) return;
        }
        Complain(line, null);
    }

    public void PostToAll(NodeMessage message) => Post(All, message);

    public async Task<ReadOnlyMemory<byte>> AskAsync(long node, NodeMessage message, CancellationToken cancellationToken)
    {
        var (id, answer) = _questions.Ask(node);
        try
        {
            var sent = Send(node, NodeFrameKind.Question, id, w => NodeMessageFormat.Write(w, message));
            _ = FailUnheardAsync(sent, id);
            return await answer.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = Send(node, NodeFrameKind.Cancel, id, static _ => { });
            throw;
        }
        finally
        {
            _questions.Forget(id);
        }
    }

    public IReadOnlyCollection<long> Known => [.. _lines.Keys.Where(node => node != All).Union(_heard.Nodes)];

    public void Forget(long node)
    {
        _questions.FailAll(node);
        _answers.CancelAll(node);
        _lines.TryRemove(node, out _);
        _heard.Forget(node);
    }

    private async Task FailUnheardAsync(Task<bool> sent, long id)
    {
        if (!await sent.ConfigureAwait(false)) _questions.Fail(id, NodeQuestions.Gone());
    }

    // True when somebody heard it. Frames to one node go in the order of their counts.
    private Task<bool> Send(long node, NodeFrameKind kind, long question, Action<BinaryWriter> content)
    {
        var line = LineTo(node);
        Task<long> publishing;
        lock (line) publishing = _pubSub.PublishAsync(ChannelOf(node), line.Next(kind, _own.Key, question, content));
        return SentAsync(publishing, line);
    }

    private Line LineTo(long node) => _lines.GetOrAdd(node, static _ => new());

    private string ChannelOf(long node) => node == All ? _pubSub.Channels.AllNodes : _pubSub.Channels.Node(node);

    private async Task<bool> SentAsync(Task<long> publishing, Line line)
    {
        try
        {
            return await publishing.ConfigureAwait(false) > 0;
        }
        catch (PubSubUnavailableException exception)
        {
            Complain(line, exception);
            return false;
        }
    }

    private void Complain(Line line, PubSubUnavailableException? exception)
    {
        if (line.MayComplain()) LogNotSent(_logger, exception);
    }

    private async Task ListenAsync()
    {
        if (_inbox is null) return;
        var channel = _pubSub.Channels.Node(_own.Key);
        var before = Interlocked.Exchange(ref _channel, channel);
        if (before == channel) return;
        if (before is not null) _pubSub.Unsubscribe(before, ReceivedByOne);
        if (!await _pubSub.SubscribeAsync(channel, ReceivedByOne, SubscribePatience).ConfigureAwait(false)) LogDeaf(_logger);
    }

    private void ReceivedByOne(byte[] bytes) => Received(bytes, toAll: false);

    private void ReceivedByAll(byte[] bytes) => Received(bytes, toAll: true);

    private void Received(byte[] bytes, bool toAll)
    {
        try
        {
            var frame = NodeFrame.Read(bytes);
            if (frame.From == _own.Key) return;
            if (!_heard.Hears(frame.From, toAll, frame.Count)) _inbox!.Missed();
            Take(frame);
        }
        catch (Exception exception) when (exception is InvalidDataException or Fault)
        {
            LogNotUnderstood(_logger, exception);
        }
    }

    private void Take(NodeFrame frame)
    {
        switch (frame.Kind)
        {
            case NodeFrameKind.Message:
                _ = _inbox!.TakeAsync(NodeMessageFormat.Read(frame.Content), CancellationToken.None)
                    .ContinueWith(t => LogFailed(_logger, t.Exception!), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                break;
            case NodeFrameKind.Question:
                var message = NodeMessageFormat.Read(frame.Content);
                _answers.Answer(frame.From, frame.Question, token => _inbox!.TakeAsync(message, token));
                break;
            case NodeFrameKind.Answer:
                _questions.Answer(frame.Question, frame.Content);
                break;
            case NodeFrameKind.Fault:
                _questions.Fail(frame.Question, NodeAnswers.ReadFault(frame.Content.Span));
                break;
            case NodeFrameKind.Cancel:
                _answers.Cancel(frame.From, frame.Question);
                break;
            default:
                throw new InvalidDataException($"a frame of kind {frame.Kind} is not known");
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private sealed class Line
    {
        private static readonly TimeSpan ComplainAgainAfter = TimeSpan.FromSeconds(10);
        private long _complainedAt;

        private long _count;

        /// <summary>The next frame, which is to be sent before another is made.</summary>
        public byte[] Next(NodeFrameKind kind, long from, long question, Action<BinaryWriter> content) => NodeFrame.Write(kind, from, ++_count, question, content);

        public bool MayComplain()
        {
            if (_complainedAt != 0 && Stopwatch.GetElapsedTime(_complainedAt) < ComplainAgainAfter) return false;
            _complainedAt = Stopwatch.GetTimestamp();
            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Another node was not told; it looks into the database")]
    private static partial void LogNotSent(ILogger logger, Exception? exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What another node said was not understood")]
    private static partial void LogNotUnderstood(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What another node said could not be done")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Other nodes cannot reach this one yet; it looks into the database")]
    private static partial void LogDeaf(ILogger logger);
}
