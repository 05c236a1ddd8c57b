namespace RooCoord.EndToEnd.Tests.Processes;

/// <summary>A file system of 16 MiB mounted over a folder, with ballast to drop when it is full.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const int BallastBytes = 6 * 1024 * 1024;

    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    private string Ballast => Path.Combine(_folder, "ballast");

    /// <summary>Skips the test, with the reason, where nothing may be mounted.</summary>
    public static async Task<SmallDisk> MountAsync(string folder)
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("A disk is filled on a tmpfs, which only Linux has.");
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root may mount the small disk that is to be filled.");
        var mounted = await CommandResult.RunAsync("mount", ["-t", "tmpfs", "-o", "size=16m", "roocoord-test", folder]);
        if (mounted.ExitCode != 0) Assert.Ignore($"The small disk that is to be filled cannot be mounted here: {mounted.Transcript}");
        var disk = new SmallDisk(folder);
        await File.WriteAllBytesAsync(disk.Ballast, new byte[BallastBytes], Deadline.Token);
        return disk;
    }

    /// <summary>Makes room.</summary>
    public void DropBallast() => File.Delete(Ballast);

    public async ValueTask DisposeAsync()
    {
        // Lazily: a server that is just ending may still hold a file.
        (await CommandResult.CleanUpAsync("umount", ["--lazy", _folder])).Require("umount");
    }
}
