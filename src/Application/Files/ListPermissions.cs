using AutoMapper;
using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Files;
using PermissionDto = RooCoord.Contracts.FilePermission;

namespace RooCoord.Application.Files;

/// <summary>Who else may do what with a file; for owners.</summary>
public sealed record ListPermissions(Caller Caller, string Id) : IRequest<CursorPage<PermissionDto>>;

internal sealed class ListPermissionsHandler(IFileStore files, IFilePermissions permissions, IMapper mapper) : IRequestHandler<ListPermissions, CursorPage<PermissionDto>>
{
    public async Task<CursorPage<PermissionDto>> Handle(ListPermissions request, CancellationToken cancellationToken)
    {
        var file = await files.RequireAsync(request.Caller, request.Id, FileRole.Owner, cancellationToken).ConfigureAwait(false);
        return new(mapper.Map<List<PermissionDto>>(await permissions.ListAsync(file.Key, cancellationToken).ConfigureAwait(false)), null);
    }
}

/// <summary>What one user may do with a file; for owners, and that user.</summary>
public sealed record GetPermission(Caller Caller, string Id, string UserId) : IRequest<PermissionDto>;

internal sealed class GetPermissionHandler(IFileStore files, IFilePermissions permissions, IMapper mapper) : IRequestHandler<GetPermission, PermissionDto>
{
    public async Task<PermissionDto> Handle(GetPermission request, CancellationToken cancellationToken)
    {
        var (caller, id, userId) = request;
        var file = await files.RequireAsync(caller, id, userId == caller.UserId ? FileRole.Viewer : FileRole.Owner, cancellationToken).ConfigureAwait(false);
        if (userId == file.OwnerId) return new(userId, FileRoles.Word(FileRole.Owner), null, file.CreatedAt);
        var all = await permissions.ListAsync(file.Key, cancellationToken).ConfigureAwait(false);
        return mapper.Map<PermissionDto>(all.FirstOrDefault(p => p.UserId == userId) ?? throw Fault.NotFound("permission"));
    }
}
