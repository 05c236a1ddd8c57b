using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace RooCoord.Api.Operations;

/// <summary>
/// Option <c>RooCoord:Proxies</c> (comma separated, default none): the addresses and networks (CIDR) of the balancers before this
/// node, which are believed in <c>X-Forwarded-For</c>, <c>-Proto</c> and <c>-Host</c>. Nobody else is: anyone can send those.
/// </summary>
internal static class TrustedProxies
{
    /// <summary>What is wrong with the option.</summary>
    public static IEnumerable<string> Problems(string? proxies) => Parts(proxies).Where(part => Network(part) is null)
        .Select(part => $"RooCoord:Proxies must be addresses or networks (10.0.0.0/24), comma separated; '{part}' is none");

    /// <summary>Has everything behind this see the client's address, scheme and host instead of the balancer's.</summary>
    public static void UseTrustedProxies(this IApplicationBuilder app, string? proxies)
    {
        IPNetwork[] networks = [.. Parts(proxies).Select(Network).OfType<IPNetwork>()];
        if (networks.Length == 0) return;
        // As many balancers one behind the other as there are: each is believed only when it is one of these.
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.All & ~ForwardedHeaders.XForwardedPrefix, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in networks) options.KnownIPNetworks.Add(network);
        app.UseForwardedHeaders(options);
    }

    private static string[] Parts(string? proxies) => (proxies ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static IPNetwork? Network(string part) =>
        IPNetwork.TryParse(part, out var network) && IsWritten(network, part) ? network
        : IPAddress.TryParse(part, out var address) && IsWritten(address, part) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : null;

    // .NET takes "10" for 0.0.0.10, and 192.0.2.5/24 for the whole network.
    private static bool IsWritten(object parsed, string part) => string.Equals(parsed.ToString(), part, StringComparison.OrdinalIgnoreCase);
}
