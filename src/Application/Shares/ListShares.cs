using AutoMapper;
using MediatR;
using RooCoord.Application.Files;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Files;
using RooCoord.Domain.Shares;

namespace RooCoord.Application.Shares;

/// <summary>All links of a file, newest first, with their counts; never tokens. For its owners.</summary>
public sealed record ListShares(Caller Caller, string FileId) : IRequest<Page<Share>>;

internal sealed class ListSharesHandler(IShareStore shares, IFileStore files, IMapper mapper) : IRequestHandler<ListShares, Page<Share>>
{
    public async Task<Page<Share>> Handle(ListShares request, CancellationToken cancellationToken)
    {
        var file = await files.OwnedAsync(request.Caller, request.FileId, cancellationToken).ConfigureAwait(false);
        return new(mapper.Map<List<Share>>(await shares.ListAsync(file, cancellationToken).ConfigureAwait(false)));
    }
}

internal sealed class ShareProfile : Profile
{
    public ShareProfile() => CreateMap<ShareLink, Share>().ForCtorParam(nameof(Share.HasPassword), o => o.MapFrom(s => s.PasswordHash != null));
}

internal static class OwnedFiles
{
    /// <summary>A file that the caller is an owner of; throws <see cref="FaultCode.NotFound"/> or <see cref="FaultCode.Forbidden"/>.</summary>
    public static async Task<FileEntry> OwnedAsync(this IFileStore files, Caller caller, string fileId, CancellationToken cancellationToken) =>
        (await files.FindAsync(caller.UserKey, fileId, cancellationToken).ConfigureAwait(false) ?? throw Fault.NotFound("file")).Require(FileRole.Owner);
}
