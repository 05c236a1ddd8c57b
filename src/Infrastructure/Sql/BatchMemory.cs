using System.Collections.Concurrent;
using Dapper;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>What the writer remembers between batches: which narrow key a device id has (that never changes) and its block of message keys.</summary>
internal sealed class BatchMemory
{
    /// <summary>Keys taken from the database at once.</summary>
    public const int KeyBlock = 4096;

    // About 100 bytes each; at the limit all are forgotten and asked for again.
    private const int MaxDevices = 200_000;

    private readonly ConcurrentDictionary<string, DeviceKeys> _devices = new(StringComparer.Ordinal);

    /// <summary>The next message key, valid below <see cref="KeyEnd"/>.</summary>
    private long NextKey { get; set; }
    /// <summary>End of the block.</summary>
    private long KeyEnd { get; set; }

    /// <summary>The keys of a device, or null when not remembered.</summary>
    public DeviceKeys? Find(string deviceId) => _devices.TryGetValue(deviceId, out var keys) ? keys : null;

    /// <summary>Remembers a device.</summary>
    public void Add(string deviceId, DeviceKeys keys) => _devices[deviceId] = keys;

    /// <summary>Gives messages the next keys, in order.</summary>
    public async ValueTask AssignKeysAsync(ISqlTransaction transaction, IEnumerable<Message> messages)
    {
        foreach (var message in messages)
        {
            if (NextKey == KeyEnd)
            {
                KeyEnd = await transaction.Connection.ExecuteScalarAsync<long>(
                    "UPDATE counter SET next = next + @KeyBlock WHERE name = 'message' RETURNING next", new { KeyBlock }).ConfigureAwait(false);
                NextKey = KeyEnd - KeyBlock;
            }
            message.Key = NextKey++;
        }
    }

    /// <summary>Forgets all devices at the limit; to be called before a batch looks any up.</summary>
    public void MakeRoom()
    {
        if (_devices.Count >= MaxDevices) _devices.Clear();
    }

    /// <summary>Forgets what a transaction taken back may have contradicted.</summary>
    public void Forget()
    {
        (NextKey, KeyEnd) = (0, 0);
        _devices.Clear();
    }
}

/// <summary>Narrow keys of a device and its user.</summary>
internal readonly record struct DeviceKeys(long Device, long User);
