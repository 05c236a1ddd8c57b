using Microsoft.Extensions.DependencyInjection;
using RooCoord.Application.Admin;
using RooCoord.Application.Devices;
using RooCoord.Application.Sessions;
using RooCoord.Domain.Devices;

namespace RooCoord.Infrastructure.Tests;

/// <summary>What ends the connection of a device, whose first one is open, whatever node it is on.</summary>
public sealed class Fences(IServiceProvider services, Device device, DateTimeOffset now)
{
    public static IEnumerable<TestCaseData> All =>
    [
        Case("revoked", f => f.Get<IDeviceStore>().RevokeAsync(f.User, f.Id, f.Now)),
        Case("given another credential", f => f.Get<ICredentialStore>().IssueAsync(f.User, f.Id, new($"f another {f.Id}", $"hash another {f.Id}", f.Now))),
        Case("ended", f => f.Get<ISessionStore>().EndAsync(f.User, null, f.Now)),
        Case("disabled", f => f.Get<IUserStore>().DisableAsync(f.UserId, f.Now)),
        Case("told to log in again", f => f.Get<IUserStore>().RevokeTokensAsync(f.UserId, f.Now)),
        Case("erased", f => f.Get<IUserStore>().BeginErasureAsync(f.UserId, f.Now)),
        Case("closed", f => f.Get<ISessionStore>().CloseAsync(f.Key, 1, f.Now)),
    ];

    private static TestCaseData Case(string what, Func<Fences, Task> raise) => new TestCaseData(what, raise).SetArgDisplayNames(what);

    private long User => device.UserKey;
    private string UserId => device.UserId;
    private string Id => device.Id;
    private long Key => device.Key;
    private DateTimeOffset Now => now;

    private T Get<T>() where T : notnull => services.GetRequiredService<T>();
}
