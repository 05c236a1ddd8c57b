using FluentValidation;
using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain.Shares;

namespace RooCoord.Application.Shares;

/// <summary>Makes a link by which anyone who has it may download a file; for its owners.</summary>
public sealed record CreateShare(Caller Caller, string FileId, ShareDraft Draft) : IRequest<CreatedShare>;

internal sealed class CreateShareValidator : AbstractValidator<CreateShare>
{
    private const long MostDownloads = 1_000_000_000;

    public CreateShareValidator(TimeProvider time)
    {
        RuleFor(r => r.Draft.ExpiresAt).Must(at => at is null || at > time.GetUtcNow()).WithMessage("`expiresAt` must be in the future");
        RuleFor(r => r.Draft.MaxDownloads).Must(n => n is null or (>= 1 and <= MostDownloads)).WithMessage($"`maxDownloads` must be 1 to {MostDownloads}");
        RuleFor(r => r.Draft.Password).Must(p => p is null || (p.Length is >= 1 and <= SharePassword.MaxLength && !Domain.Text.IsMalformed(p)))
            .WithMessage($"`password` must have 1 to {SharePassword.MaxLength} characters, without control characters");
    }
}

internal sealed class CreateShareHandler(IShareStore shares, Files.IFileStore files, IShareAddress address, TimeProvider time) : IRequestHandler<CreateShare, CreatedShare>
{
    private const int MaxPerFile = 1_000;

    public async Task<CreatedShare> Handle(CreateShare request, CancellationToken cancellationToken)
    {
        var (caller, fileId, draft) = request;
        // Before the password is hashed, which costs more than anything else here; the store looks again.
        await files.OwnedAsync(caller, fileId, cancellationToken).ConfigureAwait(false);
        var token = ShareTokens.New();
        var link = new ShareLink
        {
            Id = Ids.New(),
            FileId = fileId,
            CreatedBy = caller.UserId,
            PasswordHash = draft.Password is { } password ? await Task.Run(() => SharePassword.Hash(password), cancellationToken).ConfigureAwait(false) : null,
            MaxDownloads = draft.MaxDownloads,
            CreatedAt = time.GetUtcNow(),
            ExpiresAt = draft.ExpiresAt,
        };
        await shares.AddAsync(caller, fileId, link, ShareTokens.Hash(token), MaxPerFile).ConfigureAwait(false);
        return new(link.Id, address.Of(token));
    }
}
