using RooCoord.Application.Messages;
using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Application.Sessions;

/// <summary>One connection of a device: its identity, its session, its pump. Superseded once a newer one takes over.</summary>
public sealed class DeviceConnection(Caller caller, string sessionId, long fence, IDeviceLink link, MailboxPump pump)
{
    private int _resumed;
    private int _superseded;
    private IReadOnlyList<Entry>? _flight;
    private Task? _returned;
    private long _expiresAt = caller.Device!.ExpiresAt.UtcTicks;
    private int _expiryTold;

    /// <summary>Who is connected.</summary>
    public Caller Caller { get; } = caller;
    /// <summary>The user's narrow key.</summary>
    public long UserKey => Caller.UserKey;
    /// <summary>The device's narrow key.</summary>
    public long DeviceKey => Caller.Device!.Key;
    /// <summary>The device's id.</summary>
    public string DeviceId => Caller.Device!.Id;
    /// <summary>The session it continues.</summary>
    public string SessionId { get; } = sessionId;
    /// <summary>Number of this connection among those of its device.</summary>
    public long Fence { get; } = fence;
    /// <summary>The wire.</summary>
    public IDeviceLink Link { get; } = link;
    /// <summary>Delivery.</summary>
    public MailboxPump Pump { get; } = pump;
    /// <summary>What the mailbox asks for.</summary>
    public MailboxHolder Holder => new(DeviceKey, Fence);
    /// <summary>When the access token ends.</summary>
    public DateTimeOffset ExpiresAt => new(Interlocked.Read(ref _expiresAt), TimeSpan.Zero);

    /// <summary>False once superseded.</summary>
    public bool IsCurrent => Volatile.Read(ref _superseded) == 0;

    /// <summary>Faults with <c>conflict</c> once superseded: such an answer counts as none.</summary>
    public void RequireCurrent()
    {
        if (Volatile.Read(ref _superseded) == 1) throw Fault.Replaced();
    }

    /// <summary>Fences this connection off, ends delivery and returns its flight, once: later callers wait for the same return, and after a failed one the next caller tries again.</summary>
    public Task ReturnFlight(Func<IReadOnlyList<Entry>, Task> give)
    {
        Volatile.Write(ref _superseded, 1);
        lock (Pump)
        {
            _flight ??= Pump.Stop();
            return _returned is { IsFaulted: false } ? _returned : _returned = give(_flight);
        }
    }

    /// <summary>True on the connection's first <c>Resume</c>.</summary>
    public bool TryBeginResume() => !Pump.Started && Interlocked.Exchange(ref _resumed, 1) == 0;

    /// <summary>The first <c>Resume</c> brought an error: the next one is the first again.</summary>
    public void ResumeFailed() => Volatile.Write(ref _resumed, 0);

    /// <summary>Takes a newer token's end.</summary>
    public void Refreshed(DateTimeOffset expiresAt)
    {
        Interlocked.Exchange(ref _expiresAt, expiresAt.UtcTicks);
        Volatile.Write(ref _expiryTold, 0);
    }

    /// <summary>True once for each token, when its end is to be announced.</summary>
    public bool TryTellExpiry() => Interlocked.Exchange(ref _expiryTold, 1) == 0;
}
