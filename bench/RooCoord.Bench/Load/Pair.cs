namespace RooCoord.Bench.Load;

/// <summary>A sender and its receiver, and what has passed between them.</summary>
internal sealed class Pair(int index, DeviceConnection sender, DeviceConnection receiver, MessageFrame frame)
{
    private long _highest;

    public DeviceConnection Sender { get; } = sender;
    public DeviceConnection Receiver { get; } = receiver;
    public MessageFrame Frame { get; } = frame;

    /// <summary>Messages written; the last one's counter.</summary>
    public long Sent { get; set; }

    /// <summary>Sends answered without an error.</summary>
    public long Confirmed { get; set; }

    /// <summary>Of these, ephemeral ones that the server said it dropped.</summary>
    public long Dropped { get; set; }

    /// <summary>Distinct messages received.</summary>
    public long Received { get; private set; }

    /// <summary>Messages received again.</summary>
    public long Repeated { get; private set; }

    /// <summary>Messages that were overtaken by a later one.</summary>
    public long Skipped { get; private set; }

    /// <summary>Received and not yet acknowledged.</summary>
    public int Unacknowledged { get; set; }

    /// <summary>The highest seq received.</summary>
    public long Seq { get; set; }

    public long AcknowledgementsSent { get; set; }

    public long AcknowledgementsAnswered { get; set; }

    /// <summary>Whether the load has it on its list of pairs to send for.</summary>
    public bool IsQueued { get; set; }

    public long InFlight => Sent - Received - Dropped;

    /// <summary>
    /// Notes the message with this <paramref name="id"/>; <c>false</c> if it was there before. One connection sends them
    /// and one takes them, both in order: so the highest counter tells all, and no set of ids has to be kept.
    /// </summary>
    public bool Receive(ReadOnlySpan<byte> id)
    {
        var counter = MessageId.Counter(id);
        if (MessageId.Pair(id) != index || counter > Sent) throw new RunFailedException($"{Receiver.Credential.Id} received what was never sent to it");
        if (counter <= _highest)
        {
            Repeated++;
            return false;
        }

        Skipped += counter - _highest - 1;
        _highest = counter;
        Received++;
        return true;
    }
}
