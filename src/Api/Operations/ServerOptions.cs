using RooCoord.Api.Auth;
using RooCoord.Api.Downloads;
using RooCoord.Application;
using RooCoord.Application.Devices;
using RooCoord.Application.Sessions;
using RooCoord.Infrastructure;

namespace RooCoord.Api.Operations;

/// <summary>The section <c>RooCoord</c>, bound and checked before anything starts.</summary>
internal sealed record ServerOptions(StorageOptions Storage, Limits Limits, AuthOptions Auth, string? CorsOrigins, string? MetricsToken, string? AutoMapperLicense)
{
    /// <summary>Options <c>RooCoord:Presence</c>.</summary>
    public PresenceOptions Presence { get; init; } = new();
    /// <summary>Options <c>RooCoord:Drain</c>.</summary>
    public DrainOptions Drain { get; init; } = new();

    /// <summary>Options <c>RooCoord:Files</c>.</summary>
    public Application.Files.FileOptions Files { get; init; } = new();

    /// <summary>Option <c>RooCoord:PublicUrl</c>: what links are built from; null: the listening address.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>Option <c>RooCoord:Proxies</c>.</summary>
    public string? Proxies { get; init; }

    public const string DefaultUrl = "http://127.0.0.1:5080";

    /// <summary>Throws <see cref="OptionsException"/> with every problem found.</summary>
    public static ServerOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("RooCoord");
        ServerOptions options;
        try
        {
            options = new(
                section.Get<StorageOptions>() ?? new(),
                section.GetSection("Limits").Get<Limits>() ?? new(), section.GetSection("Auth").Get<AuthOptions>() ?? new(),
                section["Cors:Origins"], section["Metrics:Token"], section["Licenses:AutoMapper"])
            {
                Presence = section.GetSection("Presence").Get<PresenceOptions>() ?? new(),
                Drain = section.GetSection("Drain").Get<DrainOptions>() ?? new(),
                PublicUrl = section["PublicUrl"] is { Length: > 0 } url ? url : null,
                Proxies = section["Proxies"],
                Files = section.GetSection("Files").Get<Application.Files.FileOptions>() ?? new(),
            };
        }
        catch (InvalidOperationException exception)
        {
            throw new OptionsException([exception.Message]);
        }
        string[] problems = [.. options.Storage.Problems(), .. options.Limits.Problems(), .. options.Auth.Problems(), .. options.Presence.Problems(), .. options.Drain.Problems(), .. options.Files.Problems(), .. TrustedProxies.Problems(options.Proxies)];
        if (PublicAddress.Problem(options.PublicUrl) is { } problem) problems = [.. problems, problem];
        return problems.Length == 0 ? options : throw new OptionsException(problems);
    }
}

/// <summary>The configuration cannot be used.</summary>
internal sealed class OptionsException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems));
