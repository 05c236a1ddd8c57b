using System.Globalization;

namespace RooCoord.Domain;

/// <summary>What can be wrong with a request; each has one code on the wire.</summary>
public enum FaultCode
{
    /// <summary>A value is malformed or out of its limits.</summary>
    Invalid,
    /// <summary>No accepted token.</summary>
    Unauthorized,
    /// <summary>Known, but not allowed.</summary>
    Forbidden,
    /// <summary>Not there, or somebody else's.</summary>
    NotFound,
    /// <summary>Contradicts what is there.</summary>
    Conflict,
    /// <summary>Its time is over.</summary>
    Expired,
    /// <summary>Larger than the limit.</summary>
    TooLarge,
    /// <summary>The content type is not understood.</summary>
    UnsupportedType,
    /// <summary>Every mailbox addressed is full.</summary>
    MailboxFull,
    /// <summary>Too many calls.</summary>
    RateLimited,
    /// <summary>Cannot be answered now.</summary>
    Unavailable,
    /// <summary>The disk is full.</summary>
    StorageFull,
    /// <summary>What was asked failed on the other side.</summary>
    Failed,
    /// <summary>No answer in time.</summary>
    Timeout,
    /// <summary>The device is not connected.</summary>
    Offline,
    /// <summary>What the request requires of the resource does not hold.</summary>
    PreconditionFailed,
    /// <summary>No part of the range asked for exists.</summary>
    Range,
    /// <summary>Another request has it.</summary>
    Locked,
    /// <summary>The bytes received are not those of the checksum.</summary>
    ChecksumMismatch,
}

/// <summary>The one error type: a code for programs and a sentence for people. Nothing secret stands in the sentence.</summary>
public sealed class Fault(FaultCode code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What is wrong.</summary>
    public FaultCode Code { get; } = code;

    /// <summary>After which time asking again makes sense, when that is known.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary><see cref="FaultCode.Invalid"/>.</summary>
    public static Fault Invalid(string message) => new(FaultCode.Invalid, message);
    /// <summary><see cref="FaultCode.NotFound"/>.</summary>
    public static Fault NotFound(string what) => new(FaultCode.NotFound, $"no such {what}");
    /// <summary><see cref="FaultCode.Conflict"/>.</summary>
    public static Fault Conflict(string message) => new(FaultCode.Conflict, message);
    /// <summary><see cref="FaultCode.Forbidden"/>.</summary>
    public static Fault Forbidden(string message) => new(FaultCode.Forbidden, message);
    /// <summary><see cref="FaultCode.Unauthorized"/>.</summary>
    public static Fault Unauthorized(string message) => new(FaultCode.Unauthorized, message);
    /// <summary><see cref="FaultCode.RateLimited"/>: the text says <c>retryAfterMs=N</c>, at least 1.</summary>
    public static Fault RateLimited(TimeSpan retryAfter, string what = "too many calls") =>
        new(FaultCode.RateLimited, string.Create(CultureInfo.InvariantCulture, $"{what}, retryAfterMs={Math.Max(1, Math.Ceiling(retryAfter.TotalMilliseconds))}")) { RetryAfter = retryAfter };
    /// <summary><see cref="FaultCode.TooLarge"/>.</summary>
    public static Fault TooLarge(string message) => new(FaultCode.TooLarge, message);
    /// <summary><see cref="FaultCode.Expired"/>.</summary>
    public static Fault Expired(string message) => new(FaultCode.Expired, message);
    /// <summary>The connection was replaced by a newer one of its device: the answer counts as none, to be asked again there.</summary>
    public static Fault Replaced() => Conflict("a newer connection of this device took over");
}
