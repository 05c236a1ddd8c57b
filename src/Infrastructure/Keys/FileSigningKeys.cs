using System.Text.Json;

namespace RooCoord.Infrastructure.Keys;

/// <summary>Keys in <c>&lt;Data&gt;/signing-keys.json</c>, readable by its owner alone.</summary>
internal sealed class FileSigningKeys(string folder, TimeProvider time) : ISigningKeys
{
    private readonly string _file = Path.Combine(folder, "signing-keys.json");
    private IReadOnlyList<SigningKey>? _keys;

    public async ValueTask<IReadOnlyList<SigningKey>> AllAsync(CancellationToken cancellationToken)
    {
        if (_keys is { } known) return known;
        if (!File.Exists(_file)) await CreateAsync(cancellationToken).ConfigureAwait(false);
        await using var stream = File.OpenRead(_file);
        var keys = await JsonSerializer.DeserializeAsync<List<SigningKey>>(stream, cancellationToken: cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidDataException("signing-keys.json is empty");
        return _keys = [.. keys.OrderByDescending(k => k.CreatedAt)];
    }

    // Written whole beside its place, then moved there unless another process was first.
    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        var draft = $"{_file}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var stream = new FileStream(draft, options))
        {
            await JsonSerializer.SerializeAsync(stream, new[] { NewSigningKey.Create(time) }, cancellationToken: cancellationToken).ConfigureAwait(false);
            stream.Flush(flushToDisk: true);
        }
        try { File.Move(draft, _file, overwrite: false); }
        catch (IOException) when (File.Exists(_file)) { File.Delete(draft); }
    }
}
