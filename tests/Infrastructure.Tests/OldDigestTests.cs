using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using RooCoord.Domain.Messages;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>Messages committed by the version before routes, sent again to this one.</summary>
[TestFixture(Engine.Sqlite)]
public sealed class OldDigestTests(Engine engine) : StoreFixture(engine)
{
    [Test]
    public async Task RepeatOfAMessageToAll_ThatTheOldVersionCommitted_IsNoConflict()
    {
        var device = await AddDeviceAsync("u");
        Assert.That(MessageDigest.Of(MessageOf(device), Target.All, 60), Is.EqualTo(OldDigestOfAll(MessageOf(device), 60)));
    }

    // MessageDigest.Of as it was at 73752a5, for `all`.
    private static long OldDigestOfAll(Message message, long ttlSeconds)
    {
        var bytes = new List<byte>();
        void Append(string text)
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            bytes.AddRange(BitConverter.GetBytes(utf8.Length));
            bytes.AddRange(utf8);
        }
        Append(message.Type);
        Append(message.CorrelationId ?? "");
        bytes.AddRange([(byte)message.Priority, (byte)message.Receipts, message.CorrelationId is null ? (byte)0 : (byte)1, 1]);
        bytes.AddRange(BitConverter.GetBytes(ttlSeconds));
        bytes.AddRange(message.Body.ToArray());
        return BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(bytes.ToArray()));
    }
}
