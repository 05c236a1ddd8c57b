using Dapper;
using RooCoord.Application.Messages;
using RooCoord.Domain.Messages;
using RooCoord.Infrastructure.Sql;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>The retention sweeper's page is read before its transaction; what happens in between.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class StaleRetentionTests(Engine engine) : StoreFixture(engine)
{
    [Test]
    public async Task MessageWhoseFallbackBeganAfterThePageWasRead_IsNotTakenForSettled()
    {
        var (one, two) = (await AddDeviceAsync("u"), await AddDeviceAsync("u"));
        var message = MessageOf(one);
        await Get<IMailbox>().AppendAsync(message, new Route([new(Target.To([one.Id]), TimeSpan.Zero), new(Target.To([two.Id]), TimeSpan.FromSeconds(1))]), null);
        Clock.Advance(TimeSpan.FromSeconds(2));
        // As RetentionSweeper.WalkAsync does: a page on a connection of its own, then the transaction.
        List<StoredMessage> page;
        await using (var connection = await Get<Database>().OpenAsync(CancellationToken.None))
            page = (await connection.QueryAsync<StoredMessage>($"{StoredMessage.Select} WHERE message_key = {message.Key}")).AsList();
        await Get<IEnumerable<ITimerHandler>>().Single(h => h.Kind == RouteSql.TimerKind).FireAsync(RouteSql.Subject(message.Key));
        var settled = await Get<GroupCommit>().RunAsync(transaction => MessageRemoval.SettledAsync(transaction, Get<Database>(), page, 0));
        Assert.That(await OpenOfAsync(two.Key), Is.EqualTo(1), "its entry at the second device is open");
        Assert.That(settled, Is.Empty);
    }

    private async Task<int> OpenOfAsync(long device) => (await Get<IMailbox>().ReadAsync(device, Priority.Normal, 0, 10, 0, CancellationToken.None)).Entries.Count;
}
