using System.Buffers;
using RooCoord.Application.Files;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Api.Downloads;

/// <summary>
/// Sends ranges of content: read from the disk straight into the memory that the socket is written from. A download holds one such
/// piece of memory and one open file, and neither outlives it, however it ends.
/// </summary>
internal sealed partial class ContentSender(IBlobStore blobs, ILogger<ContentSender> logger)
{
    private const int PieceBytes = 256 * 1024;

    /// <summary>Sends the ranges, with what stands around them.</summary>
    public async Task SendAsync(HttpContext http, FileContent content, IReadOnlyList<ByteRange> ranges, Multipart? parts)
    {
        using var reader = new ContentReader(blobs, content);
        // While it can still be answered otherwise.
        if (content.Size > 0) reader.Open(ranges[0].Start);
        try
        {
            // Until the answer has begun its writer lends memory that is copied once more.
            await http.Response.StartAsync(http.RequestAborted);
            for (var i = 0; i < ranges.Count; i++)
            {
                if (parts is not null) http.Response.BodyWriter.Write(parts.Head(i).Span);
                if (!await SendAsync(http, reader, ranges[i])) return;
            }
            if (parts is not null) await http.Response.BodyWriter.WriteAsync(parts.End, http.RequestAborted);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: nothing is wrong.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Fault)
        {
            // Ended short of its Content-Length, so that the client cannot take it for whole.
            LogUnreadable(logger, exception, content.FileId, content.Version);
            http.Abort();
        }
    }

    private static async ValueTask<bool> SendAsync(HttpContext http, ContentReader reader, ByteRange range)
    {
        var writer = http.Response.BodyWriter;
        for (var at = range.Start; at < range.End;)
        {
            var memory = writer.GetMemory((int)Math.Min(PieceBytes, range.End - at));
            var read = reader.Read(memory.Span[..(int)Math.Min(memory.Length, range.End - at)], at);
            writer.Advance(read);
            at += read;
            var flushed = await writer.FlushAsync(http.RequestAborted);
            if (flushed is { IsCompleted: false, IsCanceled: false }) continue;
            http.Abort();
            return false;
        }
        return true;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Version {Version} of file {File} cannot be read")]
    private static partial void LogUnreadable(ILogger logger, Exception exception, string file, long version);
}
