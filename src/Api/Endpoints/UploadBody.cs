using System.Buffers;
using System.IO.Pipelines;

namespace RooCoord.Api.Endpoints;

/// <summary>
/// A request's body, reading which may be cancelled without harm. Kestrel cannot go on with a body after a cancelled
/// <c>Stream.ReadAsync</c>: it drops the connection, and the answer with it, where a cancelled pending read leaves it whole.
/// </summary>
internal sealed class UploadBody(PipeReader reader) : Stream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadResult result;
            using (cancellationToken.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), reader))
                result = await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            var count = (int)Math.Min(result.Buffer.Length, buffer.Length);
            var taken = result.Buffer.Slice(0, count);
            taken.CopyTo(buffer.Span);
            reader.AdvanceTo(taken.End);
            if (count > 0 || result.IsCompleted) return count;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override void Flush() { }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
