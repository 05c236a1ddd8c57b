namespace RooCoord.Infrastructure.Redis;

/// <summary>Options <c>RooCoord:Redis</c>: the Redis through which several nodes act as one.</summary>
/// <param name="Configuration">StackExchange.Redis' text, such as <c>redis:6379,password=…,ssl=true</c>; empty: this node stands alone.</param>
/// <param name="Prefix">Begins the name of every channel: deployments with different ones never meet on one Redis. Letters, digits, <c>- _ .</c></param>
public sealed record RedisOptions(string Configuration, string Prefix = "roocoord")
{
    /// <summary>Whether there is a Redis.</summary>
    public bool IsOn => Configuration.Length > 0;

    /// <summary>What is wrong with these values, each a sentence without secrets.</summary>
    public IEnumerable<string> Problems()
    {
        if (IsOn && !IsConfiguration(Configuration)) yield return "RooCoord:Redis must name a Redis, as host:port";
        // A colon would let one deployment's prefix begin with another's channel.
        if (Prefix.Length == 0 || !Prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            yield return "RooCoord:RedisPrefix must be letters, digits, '-', '_' or '.'";
    }

    private static bool IsConfiguration(string text)
    {
        try { return StackExchange.Redis.ConfigurationOptions.Parse(text).EndPoints.Count > 0; }
        catch (ArgumentException) { return false; }
    }
}
