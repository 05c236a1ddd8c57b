namespace RooCoord.Bench.Files;

/// <summary>A server of files under test.</summary>
internal interface IFileServer : IAsyncDisposable
{
    string Name { get; }

    int Port { get; }

    int ProcessId { get; }

    /// <summary>Of all its processes so far.</summary>
    TimeSpan CpuTime { get; }

    /// <summary>Where tus uploads are created; null when it takes none.</summary>
    string? UploadPath { get; }

    /// <summary>Header lines of every request, each with its line end.</summary>
    string Headers { get; }

    /// <summary>Makes a file there and returns the path to download it from; null when it serves none.</summary>
    string? Publish(byte[] content);
}
