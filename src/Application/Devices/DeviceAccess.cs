using RooCoord.Domain;

namespace RooCoord.Application.Devices;

/// <summary>Who may do what with a device: a user with its own ones, a device only with itself.</summary>
internal static class DeviceAccess
{
    /// <summary>Refuses a device that reaches for another one.</summary>
    public static void RequireSelf(Caller caller, string deviceId)
    {
        if (caller.Device is { } device && device.Id != deviceId) throw Fault.Forbidden("a device reads, changes and deletes only itself");
    }

    /// <summary>Refuses device tokens.</summary>
    public static void RequireUser(Caller caller)
    {
        if (caller.Device is not null) throw Fault.Forbidden("this needs a user token");
    }
}
