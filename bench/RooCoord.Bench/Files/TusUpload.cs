using System.Globalization;

namespace RooCoord.Bench.Files;

/// <summary>One upload of a stock tus client: created, then its chunks one after another.</summary>
internal sealed class TusUpload : IDisposable
{
    private readonly IFileServer _server;
    private readonly HttpConnection _http;
    private readonly bool _ownsHttp;
    private readonly string _path;
    private long _offset;

    public TusUpload(IFileServer server, long length)
        : this(server, new HttpConnection(server.Port), length) => _ownsHttp = true;

    public TusUpload(IFileServer server, HttpConnection http, long length)
    {
        (_server, _http) = (server, http);
        var created = http.Ask(Head("POST", server.UploadPath!, $"Upload-Length: {length.ToString(CultureInfo.InvariantCulture)}\r\nContent-Length: 0\r\n"), [], 201);
        var location = created.Header("Location") ?? throw new RunFailedException("no Location");
        _path = Uri.TryCreate(location, UriKind.Absolute, out var address) && address.Scheme == "http" ? address.AbsolutePath : location;
    }

    /// <summary>Sends content in chunks; returns the last answer.</summary>
    public HttpAnswer Put(byte[] content, int chunk)
    {
        HttpAnswer? answer = null;
        for (var at = 0; at < content.Length; at += chunk) answer = PutChunk(content.AsSpan(at, Math.Min(chunk, content.Length - at)));
        return answer ?? throw new RunFailedException("nothing to upload");
    }

    /// <summary>Sends the next chunk.</summary>
    public HttpAnswer PutChunk(ReadOnlySpan<byte> chunk)
    {
        var answer = _http.Ask(
            Head("PATCH", _path, string.Create(CultureInfo.InvariantCulture, $"Upload-Offset: {_offset}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {chunk.Length}\r\n")), chunk, 204);
        _offset += chunk.Length;
        if (answer.Header("Upload-Offset") != _offset.ToString(CultureInfo.InvariantCulture)) throw new RunFailedException($"the offset is not {_offset}: {answer.Head}");
        return answer;
    }

    private string Head(string method, string path, string headers) =>
        $"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{_server.Port}\r\nTus-Resumable: 1.0.0\r\n{_server.Headers}{headers}";

    public void Dispose()
    {
        if (_ownsHttp) _http.Dispose();
    }
}
