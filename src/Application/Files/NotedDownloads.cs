using System.Collections.Concurrent;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>
/// Which downloads the audit tells of lately. A download that begins is always news; a range further on only when nothing was noted
/// of the same version and caller for an hour: resumed downloads and players that seek do not flood the audit, and nothing can be
/// read without a line in it. Of this node: another one, or a restart, costs a line more.
/// </summary>
internal sealed class NotedDownloads(TimeProvider time)
{
    private const int MaxRemembered = 100_000;
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<(string User, string? Device, string File, long Version), long> _noted = [];

    /// <summary>Whether the audit is to tell of this one; it counts as told from now on.</summary>
    public bool IsNews(Caller caller, FileContent content, bool begins)
    {
        var key = (caller.UserId, caller.Device?.Id, content.FileId, content.Version);
        var now = time.GetTimestamp();
        if (!begins && _noted.TryGetValue(key, out var at) && time.GetElapsedTime(at, now) < Window) return false;
        if (_noted.Count >= MaxRemembered) _noted.Clear();
        _noted[key] = now;
        return true;
    }
}
