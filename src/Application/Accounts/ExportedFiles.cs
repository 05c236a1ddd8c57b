using System.Buffers;
using System.IO.Compression;
using AutoMapper;
using RooCoord.Application.Files;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Files;
using FileDto = RooCoord.Contracts.File;
using VersionDto = RooCoord.Contracts.FileVersion;

namespace RooCoord.Application.Accounts;

/// <summary>A user's own files in an export: <c>files.json</c>, then <c>files/{id}/{version}/{name}</c> for each version. What is deleted meanwhile is passed over.</summary>
internal sealed class ExportedFiles(IFileSearch search, IFileHistory history, IBlobStore blobs, IMapper mapper, TimeProvider time)
{
    private const int PageSize = 200;
    private const int BufferBytes = 256 * 1024;
    private const int AllVersions = 10_000;

    public async Task AddAsync(ZipArchive zip, Caller caller, CancellationToken cancellationToken)
    {
        await using (var list = await JsonList.OpenAsync(zip, "files.json", cancellationToken).ConfigureAwait(false))
        {
            await foreach (var file in OwnAsync(caller, cancellationToken).ConfigureAwait(false))
            {
                var versions = await history.VersionsAsync(file.Key, long.MaxValue, AllVersions, cancellationToken).ConfigureAwait(false);
                await list.AddAsync(new ExportedFile(mapper.Map<FileDto>(file), mapper.Map<List<VersionDto>>(versions)), cancellationToken).ConfigureAwait(false);
            }
        }
        await foreach (var file in OwnAsync(caller, cancellationToken).ConfigureAwait(false))
        {
            await history.NoteExportAsync(caller, [file.Id], time.GetUtcNow()).ConfigureAwait(false);
            foreach (var version in await history.VersionsAsync(file.Key, long.MaxValue, AllVersions, cancellationToken).ConfigureAwait(false))
                await AddContentAsync(zip, file, version.Version, cancellationToken).ConfigureAwait(false);
        }
    }

    private async IAsyncEnumerable<FileEntry> OwnAsync(Caller caller, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var query = new FileQuery { Ownership = FileOwnership.Own, Limit = PageSize }; ;)
        {
            var page = await search.FindAsync(caller, query, cancellationToken).ConfigureAwait(false);
            foreach (var file in page) yield return file;
            if (page.Count < PageSize) yield break;
            query = query with { Behind = page[^1].PlaceIn(query.Order) };
        }
    }

    private async Task AddContentAsync(ZipArchive zip, FileEntry file, long version, CancellationToken cancellationToken)
    {
        var parts = await history.PartsAsync(file.Key, version, cancellationToken).ConfigureAwait(false);
        var open = new List<IBlobReader>();
        try
        {
            // Once open they can be read to their end, whatever is deleted.
            try { foreach (var part in parts) open.Add(blobs.OpenRead(part.BlobId)); }
            catch (Fault fault) when (fault.Code == FaultCode.NotFound) { return; }
            await using var entry = await zip.CreateEntry($"files/{file.Id}/{version}/{file.Name}", CompressionLevel.NoCompression).OpenAsync(cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < parts.Count; i++) await CopyAsync(open[i], parts[i], entry, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (var blob in open) blob.Dispose();
        }
    }

    private static async Task CopyAsync(IBlobReader blob, FilePart part, Stream output, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long at = 0; at < part.Size;)
            {
                var read = blob.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, part.Size - at)), at);
                if (read == 0) throw new EndOfStreamException($"blob {part.BlobId} ends at {at} of {part.Size}");
                await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                at += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
