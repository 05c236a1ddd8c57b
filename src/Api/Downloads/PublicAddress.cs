using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using RooCoord.Application.Shares;

namespace RooCoord.Api.Downloads;

/// <summary>Where people reach this server: <c>RooCoord:PublicUrl</c>, else the address it listens on, else, where it listens on all, the one it was just asked by.</summary>
internal sealed class PublicAddress(string? publicUrl, IServer server, IHttpContextAccessor accessor) : IShareAddress
{
    /// <summary>The path below which the server is seen; empty for none.</summary>
    public string PathPrefix { get; } = publicUrl is null ? "" : new Uri(publicUrl).AbsolutePath.TrimEnd('/');

    public string Of(string token) => $"{Base()}/s/{token}";

    private string Base()
    {
        if (publicUrl is not null) return publicUrl.TrimEnd('/');
        var listening = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        if (Uri.TryCreate(listening, UriKind.Absolute, out var url) && !IsAny(url.Host)) return url.GetLeftPart(UriPartial.Authority);
        return accessor.HttpContext is { Request: var request } ? $"{request.Scheme}://{request.Host}" : "";
    }

    private static bool IsAny(string host) => IPAddress.TryParse(host.Trim('[', ']'), out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    /// <summary>What is wrong with the option, or null.</summary>
    public static string? Problem(string? publicUrl) =>
        publicUrl is null || (Uri.TryCreate(publicUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url is { Query: "", Fragment: "", UserInfo: "" })
            ? null
            : "RooCoord:PublicUrl must be an http or https address without query";
}
