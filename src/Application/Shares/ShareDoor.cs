using RooCoord.Domain;
using RooCoord.Domain.Shares;

namespace RooCoord.Application.Shares;

/// <summary>Lets in who has a link and, where it asks for one, its password.</summary>
internal sealed class ShareDoor(IShareStore shares, PasswordGuesses guesses, TimeProvider time)
{
    /// <summary>
    /// The link. Throws <see cref="FaultCode.NotFound"/>, <see cref="FaultCode.Expired"/>, <see cref="FaultCode.Forbidden"/> without the
    /// password, <see cref="FaultCode.RateLimited"/> after too many wrong ones.
    /// </summary>
    public async Task<ShareLink> EnterAsync(string token, string? password, string address, CancellationToken cancellationToken)
    {
        if (!ShareTokens.IsToken(token)) throw Fault.NotFound("link");
        var now = time.GetUtcNow();
        var link = await shares.FindByTokenAsync(ShareTokens.Hash(token), now, cancellationToken).ConfigureAwait(false) ?? throw Fault.NotFound("link");
        link.RequireOpen(now);
        if (link.PasswordHash is { } stored) await CheckAsync(link, stored, password, address).ConfigureAwait(false);
        return link;
    }

    private async Task CheckAsync(ShareLink link, string stored, string? password, string address)
    {
        if (string.IsNullOrEmpty(password)) throw Fault.Forbidden("the link asks for a password");
        // Counted before it is checked: many guesses at once are no way around.
        var guess = guesses.Take(link.Id, address);
        if (password.Length > SharePassword.MaxLength || !await Task.Run(() => SharePassword.Matches(password, stored)).ConfigureAwait(false))
            throw Fault.Forbidden("the password is wrong");
        guess.WasRight();
    }
}
