using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace RooCoord.Infrastructure.Scan;

/// <summary>Options <c>RooCoord:Scan</c>: a ClamAV daemon that looks into every file before it is published.</summary>
public sealed record ScanOptions
{
    private const string UnixPrefix = "unix:";

    /// <summary><c>host:port</c> or <c>unix:/path</c> of clamd; empty: files are not scanned.</summary>
    public string Address { get; init; } = "";

    /// <summary>Seconds clamd may take nothing, or think about what it took, until it counts as away.</summary>
    public int TimeoutSeconds { get; init; } = 120;

    /// <summary>The largest file to scan: not more than clamd's own <c>StreamMaxLength</c> and <c>MaxFileSize</c>.</summary>
    public long MaxBytes { get; init; } = 100 * 1024 * 1024;

    /// <summary>Whether larger files are published without a scan; else they are refused.</summary>
    public bool SkipLarger { get; init; }

    /// <summary>Whether files are scanned.</summary>
    public bool IsOn => Address.Length > 0;

    /// <summary>Where clamd listens; null when <see cref="Address"/> says nothing of the kind.</summary>
    public EndPoint? EndPoint
    {
        get
        {
            if (Address.StartsWith(UnixPrefix, StringComparison.Ordinal))
                return Address.Length is > 6 and < 100 && Address[UnixPrefix.Length] == '/' ? new UnixDomainSocketEndPoint(Address[UnixPrefix.Length..]) : null;
            var colon = Address.LastIndexOf(':');
            return colon > 0 && ushort.TryParse(Address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0
                ? new DnsEndPoint(Address[..colon].Trim('[', ']'), port) : null;
        }
    }

    /// <summary>What is wrong with these values, each a sentence.</summary>
    public IEnumerable<string> Problems()
    {
        if (IsOn && EndPoint is null) yield return "RooCoord:Scan:Address must be host:port or unix:/path";
        if (TimeoutSeconds is < 1 or > 3600) yield return "RooCoord:Scan:TimeoutSeconds must be 1 to 3600";
        if (MaxBytes < 1) yield return "RooCoord:Scan:MaxBytes must be at least 1";
    }
}
