namespace RooCoord.Infrastructure.PubSub;

/// <summary>What carries messages between nodes.</summary>
/// <param name="Prefix">Begins the name of every channel (<c>RooCoord:RedisPrefix</c>): deployments with different ones never meet. Letters, digits, <c>- _ .</c></param>
public abstract record PubSubOptions(string Prefix)
{
    /// <summary>Its name, for people.</summary>
    public abstract string Name { get; }

    /// <summary>Opens a line and hears itself through it.</summary>
    /// <exception cref="PubSubUnavailableException">Not within a few seconds.</exception>
    internal abstract Task<PubSubLine> OpenAsync(string echoChannel, CancellationToken cancellationToken);

    /// <summary>What is wrong with these values, each a sentence without secrets.</summary>
    public virtual IEnumerable<string> Problems()
    {
        // A colon would let one deployment's prefix begin with another's channel; PostgreSQL cuts longer names.
        if (Prefix.Length is 0 or > 60 || !Prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            yield return "RooCoord:RedisPrefix must be 1 to 60 letters, digits, '-', '_' or '.'";
    }
}
