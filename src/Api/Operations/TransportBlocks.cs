using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace RooCoord.Api.Operations;

/// <summary>
/// Blocks of 32 KiB for Kestrel's sockets instead of 4 KiB: a chunk of 1 MiB is received in 32 calls of the kernel instead of 256.
/// A connection that waits holds none.
/// </summary>
internal sealed class TransportBlocks : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool();

    private sealed class Pool : MemoryPool<byte>
    {
        private const int BlockBytes = 32 * 1024;

        public override int MaxBufferSize => BlockBytes;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => new Block(ArrayPool<byte>.Shared.Rent(BlockBytes));

        protected override void Dispose(bool disposing)
        {
            // Its blocks are the shared pool's.
        }
    }

    private sealed class Block(byte[] array) : IMemoryOwner<byte>
    {
        private byte[]? _array = array;

        public Memory<byte> Memory => _array ?? throw new ObjectDisposedException(nameof(Block));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _array, null) is { } returned) ArrayPool<byte>.Shared.Return(returned);
        }
    }
}
