using Microsoft.Extensions.Logging.Abstractions;
using RooCoord.Infrastructure.Sql;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

public sealed class DatabaseTimeTests
{
    [TestCase(-5)]
    [TestCase(5)]
    public async Task ClockThatIsOff_GoesByTheDatabasesAfterOneLook(int seconds)
    {
        await using var database = await TestDatabase.CreateAsync(Engine.Postgres);
        await using var postgres = new PostgresDatabase(database.Setting);
        var clock = new DatabaseTime { Difference = TimeSpan.FromSeconds(seconds) };
        await new DatabaseTimeSync(postgres, clock, NullLogger<DatabaseTimeSync>.Instance).StartingAsync(CancellationToken.None);
        // Both run on this machine: there is no difference.
        Assert.That(clock.Difference.Duration(), Is.LessThan(TimeSpan.FromSeconds(1)));
        Assert.That((clock.GetUtcNow() - TimeProvider.System.GetUtcNow() - clock.Difference).Duration(), Is.LessThan(TimeSpan.FromSeconds(1)));
    }
}
