using RooCoord.Contracts;

namespace RooCoord.Application.Files;

/// <summary>Tells connected devices. Hints: they may be lost.</summary>
public interface IFileNotifier
{
    /// <summary>Tells all of a user's connections how far an upload is.</summary>
    void UploadProgress(long userKey, UploadProgress progress);

    /// <summary>Tells all of some users' connections that a file changed.</summary>
    void FileChanged(IReadOnlyList<long> userKeys, FileChanged change);
}

/// <summary>Looks into a file before it is published.</summary>
public interface IFileScanner
{
    /// <summary>Null when it may be published, else why not. Throws <see cref="Domain.FaultCode.Unavailable"/> when it cannot be told now.</summary>
    Task<Domain.Fault?> ScanAsync(IReadOnlyList<Domain.Files.FilePart> parts, CancellationToken cancellationToken);
}

/// <summary>No scanner is configured.</summary>
internal sealed class NoScanner : IFileScanner
{
    public Task<Domain.Fault?> ScanAsync(IReadOnlyList<Domain.Files.FilePart> parts, CancellationToken cancellationToken) => Task.FromResult<Domain.Fault?>(null);
}
