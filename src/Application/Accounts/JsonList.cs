using System.IO.Compression;
using System.Text.Json;
using RooCoord.Contracts;

namespace RooCoord.Application.Accounts;

/// <summary>A JSON array written item by item into a zip's entry: as much memory as one item needs.</summary>
internal sealed class JsonList : IAsyncDisposable
{
    private readonly Stream _stream;
    private bool _begun;

    private JsonList(Stream stream) => _stream = stream;

    public static async Task<JsonList> OpenAsync(ZipArchive zip, string name, CancellationToken cancellationToken) =>
        new(await zip.CreateEntry(name, CompressionLevel.Fastest).OpenAsync(cancellationToken).ConfigureAwait(false));

    public async Task AddAsync<T>(T item, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(_begun ? ",\n"u8.ToArray() : "[\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
        _begun = true;
        await JsonSerializer.SerializeAsync(_stream, item, Wire.Json, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.WriteAsync(_begun ? "\n]\n"u8.ToArray() : "[]\n"u8.ToArray()).ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }
}
