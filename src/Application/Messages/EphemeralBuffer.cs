using RooCoord.Domain.Messages;

namespace RooCoord.Application.Messages;

/// <summary>Ephemeral messages that wait for one connection, bounded in number and, unless 0, in bytes. Its pump locks.</summary>
internal sealed class EphemeralBuffer(int maxBytes)
{
    private const int MaxMessages = 512;

    private readonly Queue<Message> _messages = [];
    private long _bytes;

    /// <summary>Whether something waits.</summary>
    public bool Any => _messages.Count > 0;

    /// <summary>Takes a message when there is room.</summary>
    public bool TryAdd(Message message)
    {
        if (_messages.Count >= MaxMessages || (maxBytes > 0 && _bytes + message.Body.Length > maxBytes)) return false;
        _messages.Enqueue(message);
        _bytes += message.Body.Length;
        return true;
    }

    /// <summary>Moves messages into a batch until it has this many, or these bytes.</summary>
    public void Take(List<Entry> batch, int count, int bytes)
    {
        while (batch.Count < count && bytes > 0 && _messages.TryDequeue(out var message))
        {
            _bytes -= message.Body.Length;
            bytes -= message.Body.Length;
            batch.Add(new Entry(0, 0, message, 0));
        }
    }
}
