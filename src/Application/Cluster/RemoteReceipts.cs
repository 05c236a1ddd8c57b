using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RooCoord.Application.Messages;

namespace RooCoord.Application.Cluster;

/// <summary>Receipts for sending devices that are not here.</summary>
internal sealed class RemoteReceipts
{
    // They are hints, and the kept ones come again with the next connection.
    private const int MaxWaiting = 10_000;

    private readonly Channel<ReceiptFor> _waiting = Channel.CreateBounded<ReceiptFor>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Those that wait.</summary>
    public ChannelReader<ReceiptFor> Waiting => _waiting.Reader;

    /// <summary>Takes one.</summary>
    public void Add(ReceiptFor receipt) => _waiting.Writer.TryWrite(receipt);
}

/// <summary>Looks up where the senders are, for all receipts that wait at once, and tells those nodes.</summary>
internal sealed partial class ReceiptForwarder(RemoteReceipts receipts, INodeStore nodes, INodeBus bus, OwnNode own, ILogger<ReceiptForwarder> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await receipts.Waiting.WaitToReadAsync(stoppingToken).ConfigureAwait(false))
        {
            var batch = new List<ReceiptFor>();
            while (receipts.Waiting.TryRead(out var receipt)) batch.Add(receipt);
            try { await ForwardAsync(batch, stoppingToken).ConfigureAwait(false); }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogNotTold(logger, exception, batch.Count);
            }
        }
    }

    private async Task ForwardAsync(List<ReceiptFor> batch, CancellationToken cancellationToken)
    {
        var places = await nodes.NodesOfAsync([.. batch.Select(r => r.SenderKey).Distinct()], cancellationToken).ConfigureAwait(false);
        foreach (var node in batch.GroupBy(r => places.GetValueOrDefault(r.SenderKey)))
            if (node.Key != 0 && node.Key != own.Key) bus.Post(node.Key, new ReceiptsFor([.. node]));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} receipts were not told to devices of other nodes")]
    private static partial void LogNotTold(ILogger logger, Exception exception, int count);
}
