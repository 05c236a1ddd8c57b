using Dapper;
using RooCoord.Application.Cluster;
using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;
using RooCoord.Domain.Messages;
using RooCoord.Infrastructure.Sql;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>Another node asks this one to close what has expired in the mailbox of a device that it held.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class AskedExpiryTests(Engine engine) : StoreFixture(engine)
{
    [TestCase(7, ExpectedResult = 4, TestName = "OfADeviceHere_ItIsClosed")]
    [TestCase(8, ExpectedResult = 0, TestName = "OfADeviceThatMovedOn_ItMayBeInFlightThere")]
    public async Task<long> Entry(long node)
    {
        Get<OwnNode>().Key = node;
        var device = await AddDeviceAsync($"user {node}", $"f {node}");
        await Get<ISessionStore>().OpenAsync(device.Key, $"f {node}", $"s {node}", Now);
        await Get<IMailbox>().AppendAsync(MessageOf(device, ttl: TimeSpan.FromSeconds(1)), Target.To([device.Id]), null);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Get<OwnNode>().Key = 7;

        await using var connection = await Get<Database>().OpenAsync(CancellationToken.None);
        var (priority, seq) = (await connection.QueryAsync<(long, long)>("SELECT priority, seq FROM entry WHERE device_key = @Key", new { device.Key })).Single();
        Get<ExpirySweeper>().Close([new(device.Key, priority, seq)]);
        await Get<ExpirySweeper>().CloseAskedAsync();
        return await connection.ExecuteScalarAsync<long>("SELECT state FROM entry WHERE device_key = @Key", new { device.Key });
    }
}
