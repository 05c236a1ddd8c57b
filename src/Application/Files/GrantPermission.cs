using AutoMapper;
using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Users;
using FilePermission = RooCoord.Domain.Files.FilePermission;
using PermissionDto = RooCoord.Contracts.FilePermission;

namespace RooCoord.Application.Files;

/// <summary>Lets somebody do something with a file, or something else than before.</summary>
public sealed record GrantPermission(Caller Caller, string Id, string UserId, PermissionGrant Grant) : IRequest<PermissionDto>;

internal sealed class GrantPermissionHandler(IFilePermissions permissions, PermissionAnnouncer announcer, IMapper mapper, TimeProvider time) : IRequestHandler<GrantPermission, PermissionDto>
{
    public async Task<PermissionDto> Handle(GrantPermission request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        Text.Require(request.UserId, "userId", 1, UserAccount.MaxId);
        var expiresAt = Times.Read(request.Grant.ExpiresAt, "expiresAt");
        if (expiresAt <= now) throw Fault.Invalid("`expiresAt` must be in the future");
        var permission = new FilePermission(request.UserId, FileRoles.Parse(request.Grant.Role), expiresAt, now);
        var changed = await permissions.GrantAsync(request.Caller, request.Id, permission).ConfigureAwait(false);
        await announcer.ChangedAsync(changed, FileChanges.Shared).ConfigureAwait(false);
        return mapper.Map<PermissionDto>(permission);
    }
}
