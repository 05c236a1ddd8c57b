using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace RooCoord.Bench.Machine;

/// <summary>
/// Makes another .NET process collect its garbage, by the runtime's diagnostic socket: opening an event session with the
/// keyword GCHeapCollect induces a full blocking collection, which is how dotnet-gcdump does it. Otherwise the resident
/// memory of a server tells how long ago its last collection was, not what its connections cost.
/// </summary>
internal static class InducedCollection
{
    private const byte EventPipe = 2, StopTracing = 1, CollectTracing2 = 3, Server = 0xFF, Ok = 0;
    private const int HeaderLength = 20;
    private const ulong GCHeapCollect = 0x80_0000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static async Task InduceAsync(int processId, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        await using var session = await ConnectAsync(processId, limit.Token);
        var id = await CommandAsync(session, CollectTracing2, SessionConfiguration(), limit.Token);
        await using (var stop = await ConnectAsync(processId, limit.Token))
        {
            // The stream must be read meanwhile, or the runtime could not write what it has before it stops.
            var drained = session.CopyToAsync(Stream.Null, limit.Token);
            await CommandAsync(stop, StopTracing, id, limit.Token);
            await drained;
        }
    }

    private static async Task<NetworkStream> ConnectAsync(int processId, CancellationToken cancellation)
    {
        var folder = Environment.GetEnvironmentVariable("TMPDIR") is { Length: > 0 } set ? set : "/tmp";
        var path = Directory.EnumerateFiles(folder, $"dotnet-diagnostic-{processId}-*-socket").FirstOrDefault()
            ?? throw new RunFailedException($"process {processId} has no diagnostic socket");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task<byte[]> CommandAsync(NetworkStream stream, byte command, byte[] payload, CancellationToken cancellation)
    {
        var message = new byte[HeaderLength + payload.Length];
        "DOTNET_IPC_V1\0"u8.CopyTo(message);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(14), (ushort)message.Length);
        message[16] = EventPipe;
        message[17] = command;
        payload.CopyTo(message, HeaderLength);
        await stream.WriteAsync(message, cancellation);

        var header = new byte[HeaderLength];
        await stream.ReadExactlyAsync(header, cancellation);
        var answer = new byte[BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(14)) - HeaderLength];
        await stream.ReadExactlyAsync(answer, cancellation);
        return header[16] == Server && header[17] == Ok ? answer : throw new RunFailedException("the runtime refused to collect its garbage");
    }

    private static byte[] SessionConfiguration()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.Unicode);
        writer.Write(1u); // MiB of buffer
        writer.Write(1u); // nettrace
        writer.Write(false); // no rundown: it would list every method the server has compiled
        writer.Write(1u); // provider
        writer.Write(GCHeapCollect);
        writer.Write(4u); // informational
        WriteText(writer, "Microsoft-Windows-DotNETRuntime");
        WriteText(writer, "");
        writer.Flush();
        return bytes.ToArray();
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        writer.Write((uint)(text.Length + 1));
        writer.Write(Encoding.Unicode.GetBytes(text + '\0'));
    }
}
