using Dapper;
using RooCoord.Application.Messages;
using RooCoord.Domain.Messages;
using RooCoord.Infrastructure.Sql;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>Times of acknowledgements after a later message was swept.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class AcknowledgementTimeTests(Engine engine) : StoreFixture(engine)
{
    [Test]
    public async Task AcknowledgementTime_OfAMessageStillOpenElsewhere_OutlivesTheSweepingOfALaterOne()
    {
        var (one, two) = (await AddDeviceAsync("u"), await AddDeviceAsync("u"));
        var (first, second) = (MessageOf(one), MessageOf(one));
        await Get<IMailbox>().AppendAsync(first, Target.To([one.Id, two.Id]), null);
        await Get<IMailbox>().AppendAsync(second, Target.To([one.Id]), null);
        var acknowledgedAt = DateTimeOffset.FromUnixTimeMilliseconds(Now.ToUnixTimeMilliseconds());
        await Get<IMailbox>().AcknowledgeAsync(new(one.Key, 0), 1, null);
        Clock.Advance(TimeSpan.FromMinutes(1));
        await Get<IMailbox>().AcknowledgeAsync(new(one.Key, 0), 2, null);
        List<StoredMessage> page;
        await using (var connection = await Get<Database>().OpenAsync(CancellationToken.None))
            page = (await connection.QueryAsync<StoredMessage>($"{StoredMessage.Select} WHERE message_key IN ({first.Key}, {second.Key}) ORDER BY message_key")).AsList();
        await Get<GroupCommit>().RunAsync(async transaction =>
        {
            var settled = await MessageRemoval.SettledAsync(transaction, Get<Database>(), page, 0);
            Assert.That(settled.Select(m => m.MessageKey), Is.EqualTo(new[] { second.Key }));
            await MessageRemoval.ForgetAsync(transaction, settled);
            return 0;
        });
        var kept = (await Get<ILedger>().FindAsync(one.UserKey, first.Id, CancellationToken.None))!.Deliveries.Single(d => d.DeviceKey == one.Key);
        Assert.That((kept.State, kept.At), Is.EqualTo((DeliveryState.Acknowledged, (DateTimeOffset?)acknowledgedAt)));
    }
}
