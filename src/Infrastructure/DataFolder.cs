namespace RooCoord.Infrastructure;

/// <summary>The folder <c>RooCoord:Data</c>, and the lock that keeps a second server out of it.</summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(FileStream held) => _lock = held;

    /// <summary>Creates the folder where it is missing, for its owner alone.</summary>
    public static string Create(string path)
    {
        var full = Path.GetFullPath(path);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(full);
        else Directory.CreateDirectory(full, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return full;
    }

    /// <summary>Takes the folder for a server; null when another one has it. The system lets go of it when the process ends, however it does.</summary>
    public static DataFolder? TryLock(string path)
    {
        try
        {
            return new(new FileStream(Path.Combine(Create(path), "server.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception) when (exception is not (DirectoryNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    /// <summary>Lets go of the folder.</summary>
    public void Dispose() => _lock.Dispose();
}
