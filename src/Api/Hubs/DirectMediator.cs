using MediatR;

namespace RooCoord.Api.Hubs;

/// <summary>
/// A mediator for direct calls. Our own handlers and behaviours keep nothing in a scope, so they need none; as soon as
/// somebody adds a behaviour, or a handler of these requests, each call gets a scope as on the hub.
/// </summary>
internal sealed class DirectMediator
{
    private readonly IServiceScopeFactory? _scopes;
    private readonly Mediator _root;

    public DirectMediator(IServiceProvider root, IServiceCollection registered)
    {
        _root = new(root.GetRequiredService);
        var own = typeof(Application.ApplicationServices).Assembly;
        if (registered.Any(s => IsMediation(s.ServiceType) && s.ImplementationType?.Assembly != own)) _scopes = root.GetRequiredService<IServiceScopeFactory>();
    }

    public Task<T> Send<T>(IRequest<T> request) => _scopes is null ? _root.Send(request) : SendInScopeAsync(_scopes, request);

    private static async Task<T> SendInScopeAsync<T>(IServiceScopeFactory scopes, IRequest<T> request)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request).ConfigureAwait(false);
    }

    private static bool IsMediation(Type service) => service.IsGenericType
        && service.GetGenericTypeDefinition() is var definition && (definition == typeof(IPipelineBehavior<,>) || definition == typeof(IRequestHandler<,>));
}
