using System.Collections.Concurrent;
using RooCoord.Contracts;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>
/// Tells a user's devices how far uploads are: the first committed bytes and the end at once, in between at most every 100 ms an
/// upload, and then what is newest.
/// </summary>
internal sealed class UploadProgressTracker(IFileNotifier notifier, FileMeter meter, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    // Speed counts bytes of about so long.
    private static readonly TimeSpan SpeedWindow = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, Tracked> _uploads = new(StringComparer.Ordinal);

    /// <summary>So many bytes more are committed.</summary>
    public void Committed(long userKey, Upload upload, long more)
    {
        meter.Received(more);
        if (!_uploads.TryGetValue(upload.Id, out var tracked))
        {
            tracked = new(notifier, time, userKey);
            // One request has the upload's lock, so nobody else adds it.
            if (_uploads.TryAdd(upload.Id, tracked)) meter.Opened(1);
        }
        tracked.Committed(upload);
    }

    /// <summary>It is over: completed, failed or cancelled.</summary>
    public void Ended(long userKey, Upload upload, string? fileId, string state)
    {
        if (_uploads.TryRemove(upload.Id, out var tracked)) meter.Opened(-1);
        else tracked = new(notifier, time, userKey);
        if (state == UploadStates.Completed) meter.Completed();
        else if (state == UploadStates.Failed) meter.Failed();
        tracked.Ended(upload, fileId, state);
    }

    /// <summary>Goes on elsewhere: nothing more is told of it here.</summary>
    public void Left(string uploadId)
    {
        if (!_uploads.TryRemove(uploadId, out var tracked)) return;
        meter.Opened(-1);
        tracked.Leave();
    }

    /// <summary>Forgets uploads nothing came for in a while: their clients are gone, and begin anew when they return.</summary>
    public void Forget(TimeSpan silentFor)
    {
        foreach (var (id, tracked) in _uploads)
            if (tracked.IsSilent(silentFor) && _uploads.TryRemove(new(id, tracked))) meter.Opened(-1);
    }

    private sealed class Tracked(IFileNotifier notifier, TimeProvider time, long userKey)
    {
        private readonly Lock _gate = new();
        private readonly Queue<(long At, long Received)> _recent = [];
        private (long At, long Received) _last;
        private Upload? _newest;
        private ITimer? _timer;
        private long _toldAt, _heardAt;
        private bool _waiting, _ended;

        public bool IsSilent(TimeSpan silentFor) { lock (_gate) return time.GetElapsedTime(_heardAt) > silentFor; }

        public void Committed(Upload upload)
        {
            lock (_gate)
            {
                if (_ended) return;
                var now = time.GetTimestamp();
                (_newest, _heardAt) = (upload, now);
                _recent.Enqueue(_last = (now, upload.Received));
                while (_recent.Count > 2 && time.GetElapsedTime(_recent.Peek().At, now) > SpeedWindow) _recent.Dequeue();
                if (_waiting) return;
                var since = time.GetElapsedTime(_toldAt, now);
                if (_toldAt == 0 || since >= Interval) Tell(upload, null, UploadStates.Uploading);
                else
                {
                    _waiting = true;
                    _timer ??= time.CreateTimer(static tracked => ((Tracked)tracked!).TellWaiting(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                    _timer.Change(Interval - since, Timeout.InfiniteTimeSpan);
                }
            }
        }

        public void Ended(Upload upload, string? fileId, string state)
        {
            lock (_gate)
            {
                _ended = true;
                _timer?.Dispose();
                Tell(upload, fileId, state);
            }
        }

        public void Leave()
        {
            lock (_gate)
            {
                _ended = true;
                _timer?.Dispose();
            }
        }

        private void TellWaiting()
        {
            lock (_gate)
            {
                _waiting = false;
                if (!_ended && _newest is { } upload) Tell(upload, null, UploadStates.Uploading);
            }
        }

        private void Tell(Upload upload, string? fileId, string state)
        {
            _toldAt = time.GetTimestamp();
            var speed = Speed();
            double? eta = state == UploadStates.Uploading && speed > 0 && upload.Length is { } length ? Math.Round((length - upload.Received) / (double)speed, 1) : null;
            notifier.UploadProgress(userKey, new(
                upload.Id, fileId ?? upload.Metadata.FileId, upload.Metadata.FileName, upload.Received, upload.Length, speed, eta, state));
        }

        private long Speed()
        {
            if (_recent.Count < 2) return 0;
            var first = _recent.Peek();
            var seconds = time.GetElapsedTime(first.At, _last.At).TotalSeconds;
            return seconds > 0 ? (long)((_last.Received - first.Received) / seconds) : 0;
        }
    }
}
