using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Nodes;

/// <summary>Questions of other nodes that are being answered.</summary>
internal sealed class NodeAnswers(Func<long, NodeFrameKind, long, Action<BinaryWriter>, Task<bool>> send)
{
    private readonly ConcurrentDictionary<(long Node, long Id), CancellationTokenSource> _open = [];

    /// <summary>Answers in its own time; what <paramref name="answer"/> does before its first wait is done when this returns.</summary>
    public void Answer(long node, long id, Func<CancellationToken, Task<ReadOnlyMemory<byte>>> answer) => _ = AnswerAsync(node, id, answer);

    /// <summary>Nobody waits for the answer.</summary>
    public void Cancel(long node, long id)
    {
        if (_open.TryGetValue((node, id), out var cancellation)) _ = cancellation.CancelAsync();
    }

    /// <summary>A node is gone, and nobody there waits.</summary>
    public void CancelAll(long node)
    {
        foreach (var (question, cancellation) in _open)
            if (question.Node == node) _ = cancellation.CancelAsync();
    }

    public static Fault ReadFault(ReadOnlySpan<byte> content) => content.Length >= 4
        ? new((FaultCode)BinaryPrimitives.ReadInt32LittleEndian(content), Encoding.UTF8.GetString(content[4..]))
        : throw new InvalidDataException("a fault between nodes ended early");

    private async Task AnswerAsync(long node, long id, Func<CancellationToken, Task<ReadOnlyMemory<byte>>> answer)
    {
        using var cancellation = new CancellationTokenSource();
        _open[(node, id)] = cancellation;
        try
        {
            var bytes = await answer(cancellation.Token).ConfigureAwait(false);
            await send(node, NodeFrameKind.Answer, id, w => w.Write(bytes.Span)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            var fault = exception as Fault ?? new Fault(FaultCode.Failed, "the other node failed", exception);
            await send(node, NodeFrameKind.Fault, id, w =>
            {
                w.Write((int)fault.Code);
                w.Write(Encoding.UTF8.GetBytes(fault.Message));
            }).ConfigureAwait(false);
        }
        finally
        {
            _open.TryRemove((node, id), out _);
        }
    }
}
