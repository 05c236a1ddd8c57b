using Microsoft.Extensions.DependencyInjection;
using RooCoord.Api.Auth;

namespace RooCoord.Testing;

internal static class Tokens
{
    public static async Task<string> UserAsync(IServiceProvider services, string user, string role) =>
        (await services.GetRequiredService<BuiltInTokens>().IssueUserAsync(user, role, TimeSpan.FromHours(1), CancellationToken.None)).Value;
}
