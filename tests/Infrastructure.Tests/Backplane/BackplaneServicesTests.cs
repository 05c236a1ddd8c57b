using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using RooCoord.Infrastructure.PubSub;
using RooCoord.Infrastructure.Backplane;

namespace RooCoord.Infrastructure.Tests.Backplane;

public sealed class BackplaneServicesTests
{
    [Test]
    public async Task AddRedisBackplane_TakesThePlaceOfSignalRsOwn()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSignalRCore();
        services.AddPubSub(new RedisOptions("127.0.0.1:1"));
        services.AddRedisBackplane();
        await using var provider = services.BuildServiceProvider();
        Assert.That(provider.GetRequiredService<HubLifetimeManager<Hub>>(), Is.TypeOf<RedisHubLifetimeManager<Hub>>());
    }
}
