using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>Tells everyone who may see a file that it changed.</summary>
internal sealed class FileAnnouncer(IFileStore files, IFileNotifier notifier, TimeProvider time)
{
    /// <summary>Tells those who may see it now.</summary>
    public async Task ChangedAsync(FileEntry file, string change) =>
        Tell(await files.ViewersAsync(file.Key, CancellationToken.None).ConfigureAwait(false), file, change);

    /// <summary>Tells these users.</summary>
    public void Tell(IReadOnlyList<long> userKeys, FileEntry file, string change) => Tell(userKeys, file.Id, change);

    /// <summary>Tells these users.</summary>
    public void Tell(IReadOnlyList<long> userKeys, string fileId, string change) =>
        notifier.FileChanged(userKeys, new(fileId, change, time.GetUtcNow()));
}
