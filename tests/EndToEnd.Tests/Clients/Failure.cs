using Microsoft.AspNetCore.SignalR;
using RooCoord.Contracts;

namespace RooCoord.EndToEnd.Tests.Clients;

/// <summary>What an app does about a call that failed.</summary>
internal static class Failure
{
    /// <summary>The call ended with its connection, so that nobody knows what came of it.</summary>
    public static bool IsLostConnection(Exception exception) =>
        exception is not (HubException or AssertionException) && !Deadline.Token.IsCancellationRequested;

    /// <summary>It passes: the same call may be made again.</summary>
    public static bool IsPassing(Exception exception) =>
        IsLostConnection(exception) || HasCode(exception, ErrorCodes.Unavailable) || HasCode(exception, ErrorCodes.RateLimited);

    /// <summary>The server refused with this code.</summary>
    public static bool HasCode(Exception exception, string code) =>
        exception is HubException && exception.Message.Contains($"HubException: {code}: ", StringComparison.Ordinal);
}
