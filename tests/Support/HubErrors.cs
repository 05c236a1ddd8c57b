using Microsoft.AspNetCore.SignalR;

namespace RooCoord.Testing;

/// <summary>Errors of hub calls as a client sees them.</summary>
public static class HubErrors
{
    /// <summary>The code of the error a hub call brings, or <c>no error</c>.</summary>
    public static async Task<string> CodeOfAsync(Task call)
    {
        try { await call.WaitAsync(TestDevice.Patience); }
        catch (HubException exception)
        {
            var text = exception.Message[(exception.Message.LastIndexOf("HubException: ", StringComparison.Ordinal) + "HubException: ".Length)..];
            return text[..text.IndexOf(':', StringComparison.Ordinal)];
        }
        return "no error";
    }
}
