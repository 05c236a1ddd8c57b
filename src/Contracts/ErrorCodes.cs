namespace RooCoord.Contracts;

/// <summary>The codes of errors on the wire: the first word of a hub error's text, the <c>code</c> member of problem+json (RFC 9457).</summary>
public static class ErrorCodes
{
    /// <summary>HTTP 400: a value is malformed, out of its limits, or not allowed together with another.</summary>
    public const string Invalid = "invalid";
    /// <summary>HTTP 401: no token, or one that is not accepted (any more).</summary>
    public const string Unauthorized = "unauthorized";
    /// <summary>HTTP 403: known, but not allowed to do this.</summary>
    public const string Forbidden = "forbidden";
    /// <summary>HTTP 404: does not exist, or belongs to somebody else.</summary>
    public const string NotFound = "not_found";
    /// <summary>HTTP 409: contradicts what is there (another content under this id, a replaced connection).</summary>
    public const string Conflict = "conflict";
    /// <summary>HTTP 410: was there once, and its time is over.</summary>
    public const string Expired = "expired";
    /// <summary>HTTP 412: a precondition the request names does not hold.</summary>
    public const string PreconditionFailed = "precondition_failed";
    /// <summary>HTTP 413: larger than the limit.</summary>
    public const string TooLarge = "too_large";
    /// <summary>HTTP 415: the content type is not understood here.</summary>
    public const string UnsupportedType = "unsupported_type";
    /// <summary>HTTP 416: no byte of the range exists.</summary>
    public const string Range = "range";
    /// <summary>HTTP 423: somebody else holds the lock.</summary>
    public const string Locked = "locked";
    /// <summary>HTTP 429: every mailbox addressed is full.</summary>
    public const string MailboxFull = "mailbox_full";
    /// <summary>HTTP 429: too many calls; the text says <c>retryAfterMs=N</c>.</summary>
    public const string RateLimited = "rate_limited";
    /// <summary>HTTP 460: the checksum does not match the bytes.</summary>
    public const string ChecksumMismatch = "checksum_mismatch";
    /// <summary>HTTP 502: what was asked failed on the other side.</summary>
    public const string Failed = "failed";
    /// <summary>HTTP 503: cannot be answered now; send again with the same id.</summary>
    public const string Unavailable = "unavailable";
    /// <summary>HTTP 503: the device is not connected.</summary>
    public const string Offline = "offline";
    /// <summary>HTTP 504: no answer in time.</summary>
    public const string Timeout = "timeout";
    /// <summary>HTTP 507: the disk is full.</summary>
    public const string StorageFull = "storage_full";
}
