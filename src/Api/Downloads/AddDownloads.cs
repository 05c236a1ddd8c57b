using Microsoft.AspNetCore.Hosting.Server;
using RooCoord.Application.Shares;

namespace RooCoord.Api.Downloads;

/// <summary>Registers what downloads and links need.</summary>
internal static class DownloadServices
{
    public static IServiceCollection AddDownloads(this IServiceCollection services, string? publicUrl)
    {
        services.AddHttpContextAccessor();
        services.AddSingleton<ContentSender>();
        services.AddSingleton(provider => new PublicAddress(publicUrl, provider.GetRequiredService<IServer>(), provider.GetRequiredService<IHttpContextAccessor>()));
        return services.AddSingleton<IShareAddress>(provider => provider.GetRequiredService<PublicAddress>());
    }
}
