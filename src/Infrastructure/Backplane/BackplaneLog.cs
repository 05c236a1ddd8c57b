using Microsoft.Extensions.Logging;

namespace RooCoord.Infrastructure.Backplane;

/// <summary>What <see cref="RedisHubLifetimeManager{THub}"/> logs: the generator takes no generic owner.</summary>
internal static partial class BackplaneLog
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "Connection {Id} is open on this node alone: the backplane is away")]
    public static partial void OpenedAlone(ILogger logger, string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Other nodes were not told: the backplane is away. Said at most every 10 s")]
    public static partial void NotPublished(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The backplane does not confirm the subscription to group {Group}; it is tried again")]
    public static partial void GroupNotHeard(ILogger logger, string group);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A frame of {Bytes} bytes from another node is malformed and was dropped")]
    public static partial void Malformed(ILogger logger, int bytes);
}
