using System.ComponentModel;
using System.Runtime.InteropServices;

namespace RooCoord.Infrastructure.Blobs;

/// <summary>
/// Forces a folder's entries to the disk (POSIX <c>fsync</c> of a directory): a renamed file survives a power cut only then. Windows needs
/// none. A failure is nothing to try again at once: the next sync may know nothing of what this one lost.
/// </summary>
internal static partial class FolderSync
{
    private const int ReadOnlyDirectory = 0x10000; // O_DIRECTORY | O_RDONLY of Linux on x64; elsewhere O_RDONLY alone does

    public static void Run(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var handle = Open(folder, OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64 ? ReadOnlyDirectory : 0);
        if (handle < 0) throw Error($"cannot open the folder {folder}");
        try
        {
            if (Sync(handle) < 0)
            {
                var error = Error($"cannot sync the folder {folder}");
                // As the cause, where its number does not tell that it may pass.
                throw DiskErrors.IsPassing(error) ? new IOException(error.Message, error) : error;
            }
        }
        finally
        {
            _ = Close(handle);
        }
    }

    private static IOException Error(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new($"{what}: {new Win32Exception(error).Message}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
