using System.Runtime.InteropServices;
using System.Text;
using RooCoord.Application.Cluster;
using RooCoord.Application.Messages;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Nodes;

/// <summary>
/// Messages between nodes as bytes: one byte for the kind, then its fields in the order of the record; texts as
/// <see cref="BinaryWriter"/> has them, a byte before what may be null, times in UTC ticks. Entries of one message carry it once.
/// </summary>
internal static class NodeMessageFormat
{
    public static void Write(BinaryWriter w, NodeMessage message)
    {
        switch (message)
        {
            case EntriesAppended appended: WriteEntries(w, appended.Entries); break;
            case EntriesWithdrawn withdrawn: Write(w, 2, withdrawn.Entries, static (w, e) => { w.Write(e.DeviceKey); w.Write(e.Seq); w.Write(e.MessageId); }); break;
            case ReceiptsFor told: Write(w, 3, told.Receipts, WriteReceipt); break;
            case EntriesDue due: Write(w, 4, due.Entries, static (w, e) => { w.Write(e.DeviceKey); w.Write(e.Priority); w.Write(e.Seq); }); break;
            case FencesRaised raised:
                Write(w, 5, raised.DeviceKeys, static (w, key) => w.Write(key));
                w.Write(raised.UserKey);
                break;
            case DeviceCall call:
                w.Write((byte)6);
                w.Write(call.DeviceKey);
                w.Write(call.Method);
                WriteBytes(w, call.Body);
                break;
            case EphemeralOffer offer:
                w.Write((byte)7);
                w.Write(offer.DeviceKey);
                WriteMessage(w, offer.Message);
                break;
            case UploadWanted wanted:
                w.Write((byte)8);
                w.Write(wanted.UserKey);
                w.Write(wanted.UploadId);
                w.Write(wanted.Node);
                w.Write(wanted.Looks);
                break;
            default: throw new NotSupportedException(message.GetType().Name);
        }
    }

    /// <exception cref="InvalidDataException">It is none, or a later version's.</exception>
    public static NodeMessage Read(ReadOnlyMemory<byte> bytes)
    {
        using var r = new BinaryReader(StreamOf(bytes), Encoding.UTF8);
        try
        {
            return r.ReadByte() switch
            {
                1 => new EntriesAppended(ReadEntries(r)),
                2 => new EntriesWithdrawn(ReadList(r, static r => new Withdrawal(r.ReadInt64(), r.ReadInt64(), r.ReadString()))),
                3 => new ReceiptsFor(ReadList(r, ReadReceipt)),
                4 => new EntriesDue(ReadList(r, static r => new DueEntry(r.ReadInt64(), r.ReadInt64(), r.ReadInt64()))),
                5 => new FencesRaised(ReadList(r, static r => r.ReadInt64()), r.ReadInt64()),
                6 => new DeviceCall(r.ReadInt64(), r.ReadString(), ReadBytes(r)),
                7 => new EphemeralOffer(r.ReadInt64(), ReadMessage(r)),
                8 => new UploadWanted(r.ReadInt64(), r.ReadString(), r.ReadInt64(), r.ReadBoolean()),
                var kind => throw new InvalidDataException($"a message between nodes of kind {kind} is not known"),
            };
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException("a message between nodes ended early", exception);
        }
    }

    private static MemoryStream StreamOf(ReadOnlyMemory<byte> bytes) => MemoryMarshal.TryGetArray(bytes, out var part)
        ? new(part.Array!, part.Offset, part.Count, writable: false)
        : new(bytes.ToArray(), writable: false);

    // In runs of those one after another that are of the same message.
    private static void WriteEntries(BinaryWriter w, IReadOnlyList<Committed> entries)
    {
        var runs = 0;
        for (var at = 0; at < entries.Count; at = EndOfRun(entries, at)) runs++;
        w.Write((byte)1);
        w.Write(runs);
        for (var at = 0; at < entries.Count;)
        {
            var end = EndOfRun(entries, at);
            WriteMessage(w, entries[at].Entry.Message);
            w.Write(end - at);
            for (; at < end; at++) WriteEntry(w, entries[at]);
        }
    }

    private static int EndOfRun(IReadOnlyList<Committed> entries, int at)
    {
        var message = entries[at].Entry.Message;
        while (++at < entries.Count && ReferenceEquals(entries[at].Entry.Message, message)) { }
        return at;
    }

    private static void WriteEntry(BinaryWriter w, Committed committed)
    {
        var entry = committed.Entry;
        w.Write(committed.DeviceKey);
        w.Write(entry.Seq);
        w.Write(entry.Epoch);
        w.Write(entry.Attempt);
        w.Write(entry.PutOff);
        w.Write((byte)entry.Offer);
    }

    private static List<Committed> ReadEntries(BinaryReader r)
    {
        var runs = ReadCount(r);
        var entries = new List<Committed>(runs);
        for (; runs > 0; runs--)
        {
            var message = ReadMessage(r);
            for (var left = ReadCount(r); left > 0; left--)
                entries.Add(new(r.ReadInt64(), new Entry(r.ReadInt64(), r.ReadInt64(), message, r.ReadInt32(), r.ReadBoolean(), (Offer)r.ReadByte())));
        }
        return entries;
    }

    private static void WriteMessage(BinaryWriter w, Message message)
    {
        w.Write(message.Key);
        w.Write(message.Id);
        w.Write(message.UserKey);
        w.Write(message.UserId);
        WriteText(w, message.FromDevice);
        w.Write(message.SenderKey ?? 0);
        w.Write(message.Type);
        WriteBytes(w, message.Body);
        w.Write((byte)message.Priority);
        w.Write((byte)message.Receipts);
        w.Write(message.SentAt.UtcTicks);
        w.Write(message.ExpiresAt.UtcTicks);
        WriteText(w, message.CorrelationId);
    }

    private static Message ReadMessage(BinaryReader r) => new()
    {
        Key = r.ReadInt64(),
        Id = r.ReadString(),
        UserKey = r.ReadInt64(),
        UserId = r.ReadString(),
        FromDevice = ReadText(r),
        SenderKey = r.ReadInt64() is not 0 and var sender ? sender : null,
        Type = r.ReadString(),
        Body = ReadBytes(r),
        Priority = (Priority)r.ReadByte(),
        Receipts = (ReceiptMode)r.ReadByte(),
        SentAt = ReadTime(r),
        ExpiresAt = ReadTime(r),
        CorrelationId = ReadText(r),
    };

    private static void WriteReceipt(BinaryWriter w, ReceiptFor receipt)
    {
        w.Write(receipt.SenderKey);
        w.Write(receipt.MessageId);
        w.Write(receipt.DeviceKey);
        w.Write(receipt.DeviceId);
        w.Write(receipt.Seq);
        w.Write((byte)receipt.State);
        w.Write(receipt.At.UtcTicks);
        WriteText(w, receipt.Reason);
        w.Write(receipt.Kept);
    }

    private static ReceiptFor ReadReceipt(BinaryReader r) =>
        new(r.ReadInt64(), r.ReadString(), r.ReadInt64(), r.ReadString(), r.ReadInt64(), (DeliveryState)r.ReadByte(), ReadTime(r), ReadText(r), r.ReadBoolean());

    private static void Write<T>(BinaryWriter w, byte kind, IReadOnlyList<T> items, Action<BinaryWriter, T> write)
    {
        w.Write(kind);
        w.Write(items.Count);
        foreach (var item in items) write(w, item);
    }

    private static T[] ReadList<T>(BinaryReader r, Func<BinaryReader, T> read)
    {
        var items = new T[ReadCount(r)];
        for (var i = 0; i < items.Length; i++) items[i] = read(r);
        return items;
    }

    private static int ReadCount(BinaryReader r)
    {
        var count = r.ReadInt32();
        // Each takes a byte at least.
        return count >= 0 && count <= r.BaseStream.Length ? count : throw new InvalidDataException("a list between nodes is longer than its frame");
    }

    private static void WriteText(BinaryWriter w, string? text)
    {
        w.Write(text is not null);
        if (text is not null) w.Write(text);
    }

    private static string? ReadText(BinaryReader r) => r.ReadBoolean() ? r.ReadString() : null;

    private static void WriteBytes(BinaryWriter w, ReadOnlyMemory<byte> bytes)
    {
        w.Write(bytes.Length);
        w.Write(bytes.Span);
    }

    // A copy: an entry that waits must not hold all that came with it.
    private static byte[] ReadBytes(BinaryReader r)
    {
        var count = r.ReadInt32();
        var bytes = count < 0 ? [] : r.ReadBytes(count);
        return bytes.Length == count ? bytes : throw new InvalidDataException("bytes between nodes ended early");
    }

    private static DateTimeOffset ReadTime(BinaryReader r) => new(r.ReadInt64(), TimeSpan.Zero);
}
