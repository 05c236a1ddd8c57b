using System.Text.Json;
using Polly;
using Polly.Retry;

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

    // One process at a time, and the file appears whole: a rename without overwriting is a check and a rename on Unix, and two of them can both pass.
    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        await using var held = await Waiting.ExecuteAsync(_ => ValueTask.FromResult(
            new FileStream($"{_file}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)), cancellationToken).ConfigureAwait(false);
        if (File.Exists(_file)) return;
        var draft = $"{_file}.draft";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var stream = new FileStream(draft, options))
        {
            await JsonSerializer.SerializeAsync(stream, new[] { NewSigningKey.Create(time) }, cancellationToken: cancellationToken).ConfigureAwait(false);
            stream.Flush(flushToDisk: true);
        }
        File.Move(draft, _file, overwrite: false);
    }

    // Whoever holds the lock writes one small file, or has died and holds it no more.
    private static readonly ResiliencePipeline Waiting = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<IOException>(e => e is not (DirectoryNotFoundException or PathTooLongException)),
            MaxRetryAttempts = 500,
            Delay = TimeSpan.FromMilliseconds(10),
        }).Build();
}
