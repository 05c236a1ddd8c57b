using AutoMapper;
using MediatR;
using RooCoord.Contracts;

namespace RooCoord.Application.Sessions;

/// <summary>The caller's live sessions: connected, or within the resume window.</summary>
public sealed record ListSessions(Caller Caller) : IRequest<Page<Session>>;

internal sealed class ListSessionsHandler(ISessionStore sessions, IMapper mapper, TimeProvider time) : IRequestHandler<ListSessions, Page<Session>>
{
    public async Task<Page<Session>> Handle(ListSessions request, CancellationToken cancellationToken)
    {
        var live = await sessions.ListAsync(request.Caller.UserKey, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        return new(mapper.Map<List<Session>>(live));
    }
}
