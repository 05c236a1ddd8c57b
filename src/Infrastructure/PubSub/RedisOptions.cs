namespace RooCoord.Infrastructure.PubSub;

/// <summary>Options <c>RooCoord:Redis</c>, <c>RooCoord:RedisPrefix</c>: the Redis through which several nodes act as one.</summary>
/// <param name="Configuration">StackExchange.Redis' text, such as <c>redis:6379,password=…,ssl=true</c>.</param>
/// <param name="Prefix">Begins the name of every channel.</param>
public sealed record RedisOptions(string Configuration, string Prefix = "roocoord") : PubSubOptions(Prefix)
{
    /// <inheritdoc/>
    public override string Name => "Redis";

    internal override Task<PubSubLine> OpenAsync(string echoChannel, CancellationToken cancellationToken) => RedisLine.OpenAsync(this, echoChannel, cancellationToken);

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        if (!IsConfiguration(Configuration)) yield return "RooCoord:Redis must name a Redis, as host:port";
        foreach (var problem in base.Problems()) yield return problem;
    }

    private static bool IsConfiguration(string text)
    {
        try { return StackExchange.Redis.ConfigurationOptions.Parse(text).EndPoints.Count > 0; }
        catch (ArgumentException) { return false; }
    }
}
