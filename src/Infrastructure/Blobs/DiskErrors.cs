using System.Runtime.InteropServices;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Blobs;

/// <summary>What a disk's errors mean.</summary>
internal static class DiskErrors
{
    // ENOSPC, EDQUOT, EFBIG of Linux; ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL of Windows.
    private const int NoSpace = 28, QuotaExceeded = 122, FileTooBig = 27;
    private const int WindowsFull = unchecked((int)0x80070070), WindowsHandleFull = unchecked((int)0x80070027);

    public static bool IsFull(IOException exception) => RuntimeInformation.IsOSPlatform(OSPlatform.Windows)
        ? exception.HResult is WindowsFull or WindowsHandleFull
        : exception.HResult is NoSpace or QuotaExceeded or FileTooBig;

    /// <summary>Whether another process has the file open for writing: EAGAIN of Linux, of macOS, ERROR_SHARING_VIOLATION.</summary>
    public static bool IsHeld(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    /// <summary>
    /// Whether the disk may answer the next time: EIO, ENOTCONN, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH, ESTALE of Linux, as network file
    /// systems have them; ERROR_BAD_NETPATH, ERROR_UNEXP_NET_ERR, ERROR_NETNAME_DELETED of Windows.
    /// </summary>
    public static bool IsPassing(IOException exception) => RuntimeInformation.IsOSPlatform(OSPlatform.Windows)
        ? exception.HResult is unchecked((int)0x80070035) or unchecked((int)0x8007003B) or unchecked((int)0x80070040)
        : exception.HResult is 5 or 107 or 110 or 112 or 113 or 116;

    public static Fault Full(IOException exception) => new(FaultCode.StorageFull, "the disk is full", exception);
}
