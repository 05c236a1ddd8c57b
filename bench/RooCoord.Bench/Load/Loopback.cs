using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace RooCoord.Bench.Load;

/// <summary>Sockets that are still connecting: .NET's own call either waits, throws for each, or registers the socket with its own epoll for good.</summary>
internal static class Loopback
{
    private const int InProgress = 115; // EINPROGRESS
    private const int AddressLength = 16;

    /// <summary>A socket that never blocks, on its way to <paramref name="port"/> of this machine.</summary>
    public static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, Blocking = false };
        Span<byte> address = stackalloc byte[AddressLength]; // struct sockaddr_in
        address.Clear();
        BitConverter.TryWriteBytes(address, (ushort)AddressFamily.InterNetwork);
        BinaryPrimitives.WriteUInt16BigEndian(address[2..], (ushort)port);
        address[4] = 127;
        address[7] = 1;
        if (connect((int)socket.SafeHandle.DangerousGetHandle(), ref address[0], AddressLength) == 0 || Marshal.GetLastPInvokeError() == InProgress) return socket;
        socket.Dispose();
        throw new RunFailedException($"connect: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int connect(int socket, ref byte address, int length);
}
