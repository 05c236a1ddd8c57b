namespace RooCoord.Infrastructure.PubSub;

/// <summary>What carries messages between nodes is away, silent or refuses: whether what was to be published arrived is unknown.</summary>
public sealed class PubSubUnavailableException : IOException
{
    public PubSubUnavailableException() : base("messages to other nodes cannot be sent") { }

    public PubSubUnavailableException(string message) : base(message) { }

    public PubSubUnavailableException(string message, Exception? innerException) : base(message, innerException) { }
}
