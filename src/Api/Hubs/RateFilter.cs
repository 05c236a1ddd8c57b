using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using RooCoord.Application.Rates;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;

namespace RooCoord.Api.Hubs;

/// <summary>Counts every call of a hub method before the method sees it; refuses those over the device's limit.</summary>
internal sealed class RateFilter(CallRates rates) : IHubFilter
{
    public ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var caller = invocationContext.Context.Features.GetRequiredFeature<DeviceConnection>().Caller;
        var kind = invocationContext.HubMethodName == nameof(IDeviceHub.Send) ? CallKind.Send : CallKind.Other;
        return rates.Refusal(caller, kind) is { } refusal ? throw refusal : next(invocationContext);
    }
}
