using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace RooCoord.Api.Operations;

/// <summary>
/// Blocks of 32 KiB for Kestrel's sockets instead of 4 KiB: a chunk of 1 MiB is received in 32 calls of the kernel instead of 256.
/// A connection that waits holds none. What a hundred uploads need at once stays; the shared pool would leave most of it to the collector.
/// </summary>
internal sealed class TransportBlocks : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool();

    private sealed class Pool : MemoryPool<byte>
    {
        private const int BlockBytes = 32 * 1024;
        // 32 MiB.
        private const int MaxFree = 1024;

        private readonly ConcurrentQueue<byte[]> _free = new();
        private int _count;

        public override int MaxBufferSize => BlockBytes;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            if (!_free.TryDequeue(out var array)) return new Block(this, GC.AllocateUninitializedArray<byte>(BlockBytes));
            Interlocked.Decrement(ref _count);
            return new Block(this, array);
        }

        public void Return(byte[] array)
        {
            // The queue's own count is dear.
            if (Interlocked.Increment(ref _count) <= MaxFree) _free.Enqueue(array);
            else Interlocked.Decrement(ref _count);
        }

        protected override void Dispose(bool disposing) => _free.Clear();
    }

    private sealed class Block(Pool pool, byte[] array) : IMemoryOwner<byte>
    {
        private byte[]? _array = array;

        public Memory<byte> Memory => _array ?? throw new ObjectDisposedException(nameof(Block));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _array, null) is { } returned) pool.Return(returned);
        }
    }
}
