using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace RooCoord.Bench.Load;

/// <summary>
/// Linux's epoll, level-triggered. .NET's own asynchronous sockets hand each completion to the thread pool; on the one core
/// that the generator has, that is several times the cost of the reads themselves.
/// </summary>
internal sealed class Epoll : IDisposable
{
    private const uint In = 1, Out = 4;
    private const int Add = 1, Modify = 3, MaxEvents = 512;

    // struct epoll_event is packed on x86-64 only.
    private static readonly int Stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataAt = Stride - 8;

    private readonly int _descriptor;
    private readonly byte[] _events = new byte[MaxEvents * Stride];

    public Epoll()
    {
        _descriptor = epoll_create1(0);
        if (_descriptor < 0) throw Failed("epoll_create1");
        // A timer may fire 50 µs late by default, which would all be counted as latency.
        _ = prctl(29 /* PR_SET_TIMERSLACK */, 1, 0, 0, 0);
    }

    /// <summary>Reports <paramref name="socket"/> as <paramref name="index"/> when it can be read.</summary>
    public void Watch(Socket socket, int index) => Control(Add, socket, index, In);

    /// <summary>Reports it also when it can be written, or no longer.</summary>
    public void WatchWrites(Socket socket, int index, bool wanted) => Control(Modify, socket, index, wanted ? In | Out : In);

    /// <summary>How many are ready, after at most <paramref name="timeout"/>.</summary>
    public int Wait(TimeSpan timeout)
    {
        var time = new Timespec { Seconds = timeout.Ticks / TimeSpan.TicksPerSecond, Nanoseconds = timeout.Ticks % TimeSpan.TicksPerSecond * 100 };
        // Not epoll_wait: its milliseconds are too coarse to pace 2,000 messages a second.
        var count = epoll_pwait2(_descriptor, ref _events[0], MaxEvents, in time, 0);
        if (count >= 0) return count;
        return Marshal.GetLastPInvokeError() == 4 /* EINTR */ ? 0 : throw Failed("epoll_pwait2");
    }

    /// <summary>The index of a ready one, and whether it can be written.</summary>
    public (int Index, bool Writable) Ready(int position)
    {
        var at = _events.AsSpan(position * Stride, Stride);
        return ((int)BinaryPrimitives.ReadInt64LittleEndian(at[DataAt..]), (BinaryPrimitives.ReadUInt32LittleEndian(at) & Out) != 0);
    }

    public void Dispose() => close(_descriptor);

    private void Control(int operation, Socket socket, int index, uint events)
    {
        Span<byte> entry = stackalloc byte[Stride];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, events);
        BinaryPrimitives.WriteInt64LittleEndian(entry[DataAt..], index);
        if (epoll_ctl(_descriptor, operation, (int)socket.SafeHandle.DangerousGetHandle(), ref entry[0]) != 0) throw Failed("epoll_ctl");
    }

    private static RunFailedException Failed(string call) => new($"{call}: {Marshal.GetLastPInvokeErrorMessage()}");

    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_create1(int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_ctl(int epoll, int operation, int descriptor, ref byte entry);

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_pwait2(int epoll, ref byte events, int maxEvents, in Timespec timeout, nint signals);

    [DllImport("libc")]
    private static extern int prctl(int option, ulong a, ulong b, ulong c, ulong d);

    [DllImport("libc")]
    private static extern int close(int descriptor);
}
