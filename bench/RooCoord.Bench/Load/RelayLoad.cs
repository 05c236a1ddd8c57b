namespace RooCoord.Bench.Load;

/// <summary>
/// What every load does with what comes in: counts messages, acknowledges them, checks every answer. By itself it sends nothing.
/// </summary>
internal class RelayLoad(Variant variant, int acknowledgeEvery) : ILoad
{
    /// <summary>Nothing will be due before something comes in.</summary>
    protected static readonly TimeSpan NothingDue = TimeSpan.MaxValue;

    /// <summary>Connections whose opening call was answered.</summary>
    public int Opened { get; private set; }

    /// <summary>Distinct messages received by all.</summary>
    public long Received { get; private set; }

    /// <summary>Ephemeral messages that the server said it dropped.</summary>
    public long Dropped { get; private set; }

    public required IReadOnlyList<Pair> Pairs { get; init; }

    public virtual TimeSpan Pump(long now) => NothingDue;

    public void OnRecord(DeviceConnection connection, ReadOnlySpan<byte> record, long now)
    {
        switch (RecordText.Type(record))
        {
            case 1 when RecordText.IsMessage(record):
                OnMessage(connection, record, now);
                break;
            case 3:
                OnAnswer(connection, record);
                break;
            case 1 or 6:
                break; // presence, session and ping: part of the server's cost, nothing to do
            default:
                if (!RecordText.IsHandshakeAnswer(record)) throw RecordText.Unexpected($"{connection.Credential.Id} received", record);
                break;
        }
    }

    /// <summary>Acknowledges what is left, lest it be sent again after 30 s of silence on a slow pair.</summary>
    public void Tick()
    {
        if (!Acknowledges) return;
        foreach (var pair in Pairs)
        {
            if (pair.Unacknowledged > 0) Acknowledge(pair);
        }
    }

    /// <summary>Whether everything that was sent has come to its end.</summary>
    public bool IsDrained() => Pairs.All(pair =>
        pair.InFlight == 0 && (!variant.IsRooCoord || pair.Confirmed == pair.Sent) && pair.AcknowledgementsAnswered == pair.AcknowledgementsSent);

    /// <summary>Exactly what was confirmed has been received, once it is drained; otherwise the run fails.</summary>
    public RelayTotals Verify()
    {
        var totals = new RelayTotals(
            Pairs.Sum(pair => pair.Sent), Pairs.Sum(pair => pair.Confirmed), Pairs.Sum(pair => pair.Received),
            Pairs.Sum(pair => pair.Repeated), Pairs.Sum(pair => pair.Skipped), Pairs.Sum(pair => pair.Dropped));
        var expected = variant.IsRooCoord ? totals.Confirmed - totals.Dropped : totals.Sent;
        if (!IsDrained() || totals.Received != expected || totals.Skipped > totals.Dropped)
            throw new RunFailedException($"{variant.Name}: what arrived is not what was sent: {totals}");
        return totals;
    }

    /// <summary>Whether receivers acknowledge at all.</summary>
    protected virtual bool Acknowledges => variant.IsDurable;

    /// <summary>A message was received for the first time.</summary>
    protected virtual void OnReceived(Pair pair, ReadOnlySpan<byte> record, long now)
    {
    }

    /// <summary>The server dropped a message, which therefore will not be received.</summary>
    protected virtual void OnDropped(Pair pair)
    {
    }

    private void OnMessage(DeviceConnection connection, ReadOnlySpan<byte> record, long now)
    {
        if (connection is not { IsReceiver: true, Pair: { } pair }) throw RecordText.Unexpected($"{connection.Credential.Id} is not meant to receive", record);
        var isNew = pair.Receive(RecordText.Id(record));
        if (isNew)
        {
            Received++;
            OnReceived(pair, record, now);
        }

        if (!Acknowledges) return;
        pair.Seq = Math.Max(pair.Seq, RecordText.Seq(record));
        // What comes again was not acknowledged in time: at once, lest it come a third time.
        if (++pair.Unacknowledged >= acknowledgeEvery || !isNew) Acknowledge(pair);
    }

    private void Acknowledge(Pair pair)
    {
        pair.Unacknowledged = 0;
        pair.Receiver.Send(ClientFrame.Acknowledge(++pair.AcknowledgementsSent, pair.Seq));
    }

    private void OnAnswer(DeviceConnection connection, ReadOnlySpan<byte> record)
    {
        if (RecordText.IsError(record)) throw RecordText.Unexpected($"{connection.Credential.Id} got", record);
        switch (RecordText.AnsweredCall(record))
        {
            case RecordText.OpenCall when !connection.IsOpen:
                connection.IsOpen = true;
                Opened++;
                break;
            case RecordText.AcknowledgeCall when connection.Pair is { } pair:
                pair.AcknowledgementsAnswered++;
                break;
            case RecordText.SendCall when connection.Pair is { } pair:
                OnConfirmed(pair, record);
                break;
            default:
                throw RecordText.Unexpected($"{connection.Credential.Id} got", record);
        }
    }

    private void OnConfirmed(Pair pair, ReadOnlySpan<byte> record)
    {
        if (!RecordText.IsFirstResult(record)) throw RecordText.Unexpected("not the result of a first send:", record);
        pair.Confirmed++;
        if (variant.IsDurable || !RecordText.IsDropped(record)) return;
        pair.Dropped++;
        Dropped++;
        OnDropped(pair);
    }
}

/// <summary>What passed in a run, over all pairs.</summary>
internal sealed record RelayTotals(long Sent, long Confirmed, long Received, long Repeated, long Skipped, long Dropped);
