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

    /// <summary>Whether the audit is to tell of this one.</summary>
    public bool IsNews(Caller caller, FileContent content, bool begins)
    {
        return begins || !_noted.TryGetValue(Key(caller, content), out var at) || time.GetElapsedTime(at) >= Window;
    }

    /// <summary>The audit tells of it, for good.</summary>
    public void Remember(Caller caller, FileContent content)
    {
        if (_noted.Count >= MaxRemembered) _noted.Clear();
        _noted[Key(caller, content)] = time.GetTimestamp();
    }

    private static (string, string?, string, long) Key(Caller caller, FileContent content) => (caller.UserId, caller.Device?.Id, content.FileId, content.Version);
}
