namespace RooCoord.Infrastructure.PubSub;

/// <summary>Option <c>RooCoord:Cluster</c> without a Redis: nodes hear of each other by PostgreSQL's notifications.</summary>
/// <param name="Database">The connection string.</param>
/// <param name="Prefix">The name of the channel to listen on.</param>
public sealed record PostgresNotifyOptions(string Database, string Prefix = "roocoord") : PubSubOptions(Prefix)
{
    /// <inheritdoc/>
    public override string Name => "Notifications";

    internal override Task<PubSubLine> OpenAsync(string echoChannel, CancellationToken cancellationToken) => PostgresLine.OpenAsync(this, echoChannel, cancellationToken);
}
