using System.Collections.Concurrent;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Nodes;

/// <summary>Questions to other nodes that wait for their answers.</summary>
internal sealed class NodeQuestions
{
    private readonly ConcurrentDictionary<long, Question> _open = [];
    private long _last;

    public (long Id, Task<ReadOnlyMemory<byte>> Answer) Ask(long node)
    {
        var id = Interlocked.Increment(ref _last);
        var question = _open[id] = new(node);
        return (id, question.Answer.Task);
    }

    public void Answer(long id, ReadOnlyMemory<byte> answer)
    {
        if (_open.TryGetValue(id, out var question)) question.Answer.TrySetResult(answer);
    }

    public void Fail(long id, Fault fault)
    {
        if (_open.TryGetValue(id, out var question)) question.Answer.TrySetException(fault);
    }

    /// <summary>A node is gone, or, null, nobody knows which answers were lost.</summary>
    public void FailAll(long? node = null)
    {
        foreach (var question in _open.Values)
            if (node is null || question.Node == node) question.Answer.TrySetException(Gone());
    }

    public void Forget(long id) => _open.TryRemove(id, out _);

    public static Fault Gone() => new(FaultCode.Unavailable, "the other node cannot be reached");

    private sealed class Question(long node)
    {
        public long Node => node;
        public TaskCompletionSource<ReadOnlyMemory<byte>> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
