using MediatR;
using RooCoord.Contracts;

namespace RooCoord.Application.Files;

/// <summary>Takes somebody's permission away; whoever has it may give it back so.</summary>
public sealed record RevokePermission(Caller Caller, string Id, string UserId) : IRequest;

internal sealed class RevokePermissionHandler(IFilePermissions permissions, PermissionAnnouncer announcer, TimeProvider time) : AsyncRequestHandler<RevokePermission>
{
    protected override async Task Handle(RevokePermission request, CancellationToken cancellationToken)
    {
        var changed = await permissions.RevokeAsync(request.Caller, request.Id, request.UserId, time.GetUtcNow()).ConfigureAwait(false);
        await announcer.ChangedAsync(changed, FileChanges.Unshared).ConfigureAwait(false);
    }
}

/// <summary>Tells of a permission: the person concerned what it means to it, all others that the file was updated.</summary>
internal sealed class PermissionAnnouncer(IFileStore files, FileAnnouncer announcer)
{
    public async Task ChangedAsync(ChangedPermission changed, string change)
    {
        var viewers = await files.ViewersAsync(changed.File.Key, CancellationToken.None).ConfigureAwait(false);
        announcer.Tell([changed.UserKey], changed.File.Id, change);
        announcer.Tell([.. viewers.Where(v => v != changed.UserKey)], changed.File.Id, FileChanges.Updated);
    }
}
