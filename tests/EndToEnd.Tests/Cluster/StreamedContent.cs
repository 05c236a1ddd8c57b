using System.Net;

namespace RooCoord.EndToEnd.Tests.Cluster;

/// <summary>A body of <paramref name="length"/> bytes that <paramref name="write"/> writes, at its own pace.</summary>
internal sealed class StreamedContent(long length, Func<Stream, Task> write) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => write(stream);

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return true;
    }
}
