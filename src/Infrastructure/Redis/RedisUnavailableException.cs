namespace RooCoord.Infrastructure.Redis;

/// <summary>Redis is away, silent or refuses: whether what was to be published arrived is unknown.</summary>
public sealed class RedisUnavailableException : IOException
{
    public RedisUnavailableException() : base("Redis is away") { }

    public RedisUnavailableException(string message) : base(message) { }

    public RedisUnavailableException(string message, Exception? innerException) : base(message, innerException) { }
}
