namespace RooCoord.Bench.Servers;

/// <summary>A fresh folder for one server, gone with it.</summary>
internal sealed class DataFolder : IAsyncDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("roocoord-bench-").FullName;

    /// <summary>The file system it is on: a commit to <c>tmpfs</c> costs nothing, and proves nothing.</summary>
    public static string FileSystem => new DriveInfo(System.IO.Path.GetTempPath()).DriveFormat;

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Path, recursive: true);
        return ValueTask.CompletedTask;
    }
}
