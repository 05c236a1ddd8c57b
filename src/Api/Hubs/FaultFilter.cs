using Microsoft.AspNetCore.SignalR;
using RooCoord.Api.Errors;

namespace RooCoord.Api.Hubs;

/// <summary>Gives every error of a hub method its code.</summary>
internal sealed class FaultFilter(ILogger<FaultFilter> logger) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        try
        {
            return await next(invocationContext);
        }
        catch (Exception exception)
        {
            throw FaultTranslation.ToHub(exception, logger);
        }
    }
}
