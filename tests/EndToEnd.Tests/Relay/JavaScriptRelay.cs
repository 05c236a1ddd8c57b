using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Clients;

namespace RooCoord.EndToEnd.Tests.Relay;

/// <summary>Both devices in tests/e2e/relay.mjs.</summary>
internal static class JavaScriptRelay
{
    public static Task RunAsync(RelayPlan plan, RelayLog log) => NodeScript.RunAsync<RelayEvent>("relay.mjs", new
    {
        plan.Count,
        plan.Seed,
        RelayPlan.Lead,
        RelayPlan.SendsInFlight,
        RelayPlan.LongestStay,
        RelayPlan.LongestAbsence,
        RelayPlan.LongestUnacknowledged,
        Sender = Device(plan.Sender, plan.Server),
        Receiver = Device(plan.Receiver, plan.Line.Url),
    }, line =>
    {
        log.Add(line);
        if (line.Event == RelayEvent.Cut) plan.Line.Break();
    });

    private static object Device(RegisteredDevice registered, Uri url) =>
        new { registered.Device.Id, Token = registered.Credential.AccessToken, Url = url.GetLeftPart(UriPartial.Authority) };
}
