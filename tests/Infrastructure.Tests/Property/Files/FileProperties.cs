using FsCheck;
using FsCheck.Fluent;
using RooCoord.Application.Files;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests.Property.Files;

/// <summary>
/// Whatever happens to uploads: no acknowledged byte is lost, no file loses its bytes, and in the end the disk holds exactly what
/// files are made of.
/// </summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
[Parallelizable(ParallelScope.Self)]
public sealed class FileProperties(Engine engine)
{
    private static readonly int Histories = Environment.GetEnvironmentVariable("ROOCOORD_SOAK") is null ? 8 : 1_000;

    [Test]
    public async Task AnyHistory_KeepsEveryByte()
    {
        await using var database = await TestDatabase.CreateAsync(engine);
        var clock = new ManualTimeProvider();
        var histories = Arb.From(from size in Gen.Choose(5, 40) from steps in FileStep.Any.ListOf(size) select steps.ToArray());
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Histories).WithQuietOnSuccess(true), Prop.ForAll(histories, async steps => await RunAsync(database, clock, steps)));
    }

    private static async Task RunAsync(TestDatabase database, ManualTimeProvider clock, FileStep[] steps)
    {
        await using var world = await FileWorld.StartAsync(database, clock);
        foreach (var step in steps)
        {
            await step.RunAsync(world);
            world.Blobs.FailIn(step.Kind == FileStepKind.Fail ? step.A % 6 : -1);
            await world.CheckAsync();
        }
        world.Blobs.FailIn(-1);
        clock.Advance(TimeSpan.FromDays(2));
        await world.Sweeper<UploadSweeper>().SweepAsync(CancellationToken.None);
        await world.Sweeper<BlobSweeper>().SweepNotedAsync(CancellationToken.None);
        await world.CheckAsync();
        await using var connection = await world.Get<Infrastructure.Sql.Database>().OpenAsync(CancellationToken.None);
        var named = await Dapper.SqlMapper.QueryAsync<string>(connection, "SELECT blob_id FROM file_part");
        Assert.That(world.Blobs.WrittenBefore(DateTimeOffset.MaxValue), Is.EquivalentTo(named.Distinct()), "nothing but files is left on the disk");
    }
}
