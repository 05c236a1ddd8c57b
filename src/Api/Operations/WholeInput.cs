using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace RooCoord.Api.Operations;

/// <summary>
/// A connection's input whose end is told only after everything before it was given. Kestrel refuses a body that ends too early as soon
/// as it knows, with up to a buffer of received bytes unread; an upload keeps them (tus 1.0.0: a server SHOULD store as much as possible).
/// </summary>
internal sealed class WholeInput(PipeReader input) : PipeReader
{
    // Where the bytes begin that were given without their end being told, once that is known.
    private SequencePosition? _given;

    /// <summary>Connections of all endpoints have such an input.</summary>
    public static ConnectionDelegate Around(ConnectionDelegate next) => connection =>
    {
        connection.Transport = new Duplex(new WholeInput(connection.Transport.Input), connection.Transport.Output);
        return next(connection);
    };

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = input.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? new(Given(read.Result)) : WaitAsync(read);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> read) => Given(await read);

    public override bool TryRead(out ReadResult result)
    {
        if (!input.TryRead(out result)) return false;
        result = Given(result);
        return true;
    }

    private ReadResult Given(ReadResult result)
    {
        if (!result.IsCompleted || result.Buffer.IsEmpty || result.Buffer.Start.Equals(_given)) return result;
        // Whoever takes nothing of them is told the next time.
        _given = result.Buffer.Start;
        return new(result.Buffer, result.IsCanceled, isCompleted: false);
    }

    public override void AdvanceTo(SequencePosition consumed) => input.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => input.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => input.CancelPendingRead();

    public override void Complete(Exception? exception = null) => input.Complete(exception);

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;
        public PipeWriter Output => output;
    }
}
