using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RooCoord.Infrastructure.Blobs;

/// <summary>
/// Tells the kernel that synced bytes will not be read soon (POSIX <c>posix_fadvise</c>, <c>POSIX_FADV_DONTNEED</c>), so that its pages
/// take the next bytes: a long upload neither pushes the database out of memory nor pays for ever new pages. On Linux; elsewhere nothing.
/// </summary>
internal static partial class PageCache
{
    private const int DontNeed = 4;

    public static void Release(SafeFileHandle file, long from, long to)
    {
        if (!OperatingSystem.IsLinux()) return;
        // Whole pages only: with the one that is half full its beginning goes out once more later.
        from -= from % Environment.SystemPageSize;
        _ = Advise(file, (nint)from, (nint)(to - from), DontNeed);
    }

    // off_t is as wide as a pointer on every Linux .NET runs on in 64 bits; with 32 the advice may name the wrong bytes, and is only advice.
    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, nint offset, nint length, int advice);
}
