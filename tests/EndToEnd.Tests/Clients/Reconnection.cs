using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Clients;

/// <summary>Connects a device as often as it takes.</summary>
internal static class Reconnection
{
    public static Task<TestDevice> UntilItWorksAsync(Uri server, RegisteredDevice registered) => Poll.UntilAsync(async () =>
    {
        try
        {
            return await TestDevice.ConnectAsync(server, registered).Bounded();
        }
        catch (Exception exception) when (Failure.IsLostConnection(exception))
        {
            return null;
        }
    }, $"{registered.Device.Name} connects");
}
