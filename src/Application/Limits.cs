namespace RooCoord.Application;

/// <summary>Options <c>RooCoord:Limits</c>; 0 means no limit.</summary>
public sealed record Limits
{
    /// <summary>Unsettled entries a mailbox.</summary>
    public long MailboxEntries { get; init; } = 10_000;
    /// <summary>Bytes of a message body's JSON text.</summary>
    public int BodyBytes { get; init; } = 64 * 1024;
    /// <summary>Bytes of one hub frame.</summary>
    public int FrameBytes { get; init; } = 2 * 1024 * 1024;
    /// <summary>Bytes in flight a connection.</summary>
    public int WindowBytes { get; init; } = 1024 * 1024;
    /// <summary>Devices a user.</summary>
    public int DevicesPerUser { get; init; } = 200;
    /// <summary><c>Send</c>s a second of a device (over REST with a user token: of a user); ten times that for all other calls.</summary>
    public int MessagesPerSecond { get; init; } = 200;
    /// <summary><c>Send</c>s at once; ten times that for all other calls.</summary>
    public int MessageBurst { get; init; } = 400;
    /// <summary><c>Call</c>s a connection may wait for, and as many it may owe an answer.</summary>
    public int PendingCalls { get; init; } = 512;
    /// <summary>The longest timeout of a <c>Call</c>.</summary>
    public int CallSeconds { get; init; } = 300;

    /// <summary>The longest timeout of a <c>Call</c> in seconds; without a limit what a timer can hold.</summary>
    public int LongestCall => CallSeconds == 0 ? MaxCallSeconds : CallSeconds;

    private const int MaxCallSeconds = 30 * 24 * 3600;
    /// <summary>Bytes of a file.</summary>
    public long FileBytes { get; init; } = 5L << 30;
    /// <summary>Bytes of a user's files, all versions, and of its unfinished uploads.</summary>
    public long UserBytes { get; init; } = 50L << 30;
    /// <summary>Bytes of a device's report.</summary>
    public int ReportBytes { get; init; } = 4096;

    /// <summary>What is wrong with these values, each a sentence.</summary>
    public IEnumerable<string> Problems()
    {
        if (MailboxEntries < 0) yield return "RooCoord:Limits:MailboxEntries must not be negative";
        if (BodyBytes < 0) yield return "RooCoord:Limits:BodyBytes must not be negative";
        if (FrameBytes < 0) yield return "RooCoord:Limits:FrameBytes must not be negative";
        if (WindowBytes < 0) yield return "RooCoord:Limits:WindowBytes must not be negative";
        if (DevicesPerUser < 0) yield return "RooCoord:Limits:DevicesPerUser must not be negative";
        if (MessagesPerSecond < 0) yield return "RooCoord:Limits:MessagesPerSecond must not be negative";
        if (MessageBurst < 0) yield return "RooCoord:Limits:MessageBurst must not be negative";
        if (FileBytes < 0) yield return "RooCoord:Limits:FileBytes must not be negative";
        if (UserBytes < 0) yield return "RooCoord:Limits:UserBytes must not be negative";
        if (PendingCalls < 0) yield return "RooCoord:Limits:PendingCalls must not be negative";
        if (CallSeconds is < 0 or > MaxCallSeconds) yield return $"RooCoord:Limits:CallSeconds must be 0 to {MaxCallSeconds}";
        if (ReportBytes < 0) yield return "RooCoord:Limits:ReportBytes must not be negative";
        if (FrameBytes > 0 && BodyBytes > FrameBytes) yield return "RooCoord:Limits:BodyBytes must not exceed FrameBytes";
    }
}
