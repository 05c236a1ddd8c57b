using RooCoord.Domain;

namespace RooCoord.Infrastructure.Redis;

/// <summary>Whether other nodes hear this one at once. A node without Redis still serves, only slower: it is not ready for less.</summary>
internal sealed class RedisProbe(RedisConnection redis) : IReadinessProbe
{
    public string Name => "redis";

    public bool IsFatal => false;

    public Task CheckAsync(CancellationToken cancellationToken) =>
        redis.IsConnected ? Task.CompletedTask : throw new Fault(FaultCode.Unavailable, "Redis is away");
}
