using MediatR;
using RooCoord.Domain;
using RooCoord.Domain.Users;

namespace RooCoord.Application.Admin;

/// <summary>A request that only admins may make, and which is noted.</summary>
public interface IAdminRequest
{
    /// <summary>Who asks.</summary>
    Caller Caller { get; }
    /// <summary>What for.</summary>
    string Action { get; }
    /// <summary>Of whom, or null.</summary>
    string? Subject { get; }
}

/// <summary>Lets only admins pass, and notes each request before it runs: nothing an admin did or saw is missing from the log.</summary>
internal sealed class AuditAdmin<TRequest, TResponse>(IAuditLog log, TimeProvider time) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IAdminRequest
{
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var caller = request.Caller;
        if (!caller.IsAdmin || caller.Device is not null) throw Fault.Forbidden("this needs a user token with the role admin");
        if (request.Subject is { } subject) Text.Require(subject, "id", 1, UserAccount.MaxId);
        await log.AddAsync(time.GetUtcNow(), caller.UserId, request.Action, request.Subject).ConfigureAwait(false);
        return await next().ConfigureAwait(false);
    }
}
