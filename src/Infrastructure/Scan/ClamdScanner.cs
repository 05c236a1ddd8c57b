using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using RooCoord.Application.Files;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Scan;

/// <summary>Asks clamd over INSTREAM (man clamd, COMMANDS): chunks with their length in front, a chunk of none at the end, then the verdict.</summary>
internal sealed partial class ClamdScanner(ScanOptions options, IBlobStore blobs, ILogger<ClamdScanner> logger) : IFileScanner
{
    private const int BufferBytes = 256 * 1024;
    private const int PrefixBytes = sizeof(int);
    private const int MaxVerdict = 4096;

    public async Task<Fault?> ScanAsync(IReadOnlyList<FilePart> parts, CancellationToken cancellationToken)
    {
        var size = parts.Sum(p => p.Size);
        if (size > options.MaxBytes)
        {
            if (!options.SkipLarger) return Fault.TooLarge($"files of more than {options.MaxBytes} bytes cannot be scanned, and are not taken unscanned");
            LogSkipped(logger, size);
            return null;
        }
        try
        {
            return Judge(await AskAsync(parts, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is SocketException or IOException or EndOfStreamException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw Away(exception);
        }
    }

    private async Task<string> AskAsync(IReadOnlyList<FilePart> parts, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var endPoint = options.EndPoint!;
        using var socket = endPoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint, patience.Token).ConfigureAwait(false);
        await using var stream = new NetworkStream(socket);
        try
        {
            await SendAsync(stream, parts, patience).ConfigureAwait(false);
        }
        catch (IOException) when (socket.Available > 0)
        {
            // It has said why it takes no more.
        }
        return await VerdictAsync(stream, patience.Token).ConfigureAwait(false);
    }

    private TimeSpan Patience => TimeSpan.FromSeconds(options.TimeoutSeconds);

    private async Task SendAsync(NetworkStream stream, IReadOnlyList<FilePart> parts, CancellationTokenSource patience)
    {
        await stream.WriteAsync("zINSTREAM\0"u8.ToArray(), patience.Token).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            foreach (var part in parts)
            {
                using var blob = blobs.OpenRead(part.BlobId);
                for (long at = 0; at < part.Size;)
                {
                    var read = blob.Read(buffer.AsSpan(PrefixBytes, (int)Math.Min(buffer.Length - PrefixBytes, part.Size - at)), at);
                    if (read == 0) throw new EndOfStreamException($"blob {part.BlobId} ends at {at} of {part.Size}");
                    BinaryPrimitives.WriteInt32BigEndian(buffer, read);
                    await stream.WriteAsync(buffer.AsMemory(0, PrefixBytes + read), patience.Token).ConfigureAwait(false);
                    patience.CancelAfter(Patience);
                    at += read;
                }
            }
            await stream.WriteAsync(new byte[PrefixBytes], patience.Token).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<string> VerdictAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var verdict = new byte[MaxVerdict];
        var length = 0;
        while (length < verdict.Length)
        {
            var read = await stream.ReadAsync(verdict.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (read == 0) break;
            length += read;
            if (verdict[length - 1] == 0) return Encoding.UTF8.GetString(verdict, 0, length - 1);
        }
        throw new EndOfStreamException("clamd gave no verdict");
    }

    private Fault? Judge(string verdict)
    {
        if (verdict == "stream: OK") return null;
        if (verdict.EndsWith(" FOUND", StringComparison.Ordinal) && verdict.StartsWith("stream: ", StringComparison.Ordinal))
            return new Fault(FaultCode.UnsupportedType, $"the scan found {verdict["stream: ".Length..^" FOUND".Length]}");
        // Its limit is lower than ours: no waiting helps.
        if (verdict.Contains("size limit exceeded", StringComparison.Ordinal)) return Fault.TooLarge("the file is larger than the scanner takes");
        throw Away(new IOException($"clamd said: {verdict}"));
    }

    private Fault Away(Exception exception)
    {
        LogAway(logger, exception);
        return new(FaultCode.Unavailable, "files cannot be scanned now; send the last chunk again later", exception);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A file was not scanned: clamd is away, or gives no verdict")]
    private static partial void LogAway(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A file of {Bytes} bytes is published without a scan: RooCoord:Scan:SkipLarger")]
    private static partial void LogSkipped(ILogger logger, long bytes);
}
