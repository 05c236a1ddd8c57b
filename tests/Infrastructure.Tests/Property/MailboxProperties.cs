using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>Whatever happens to a few devices, their mailboxes keep what the contract promises.</summary>
public abstract class MailboxHistories(Engine engine)
{
    private const string SeedVariable = "ROOCOORD_TEST_SEED";
    private const string CountVariable = "ROOCOORD_TEST_HISTORIES";
    private const int AfterSoMany = 50;

    // The soak command sets it.
    private static readonly bool IsSoak = Environment.GetEnvironmentVariable("ROOCOORD_SOAK") is not null;
    private static readonly int Histories = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), out var wanted) ? wanted : IsSoak ? 10_000 : 300;
    private static readonly int LargestSize = IsSoak ? 200 : 100;

    private Storage? _storage;
    private int _runs;

    [Test]
    public async Task AnyHistory_KeepsThePromises()
    {
        var (replay, count) = Replay();
        await TestContext.Out.WriteLineAsync($"{count} histories from {replay.Rnd.Seed},{replay.Rnd.Gamma}: to repeat one, set {SeedVariable} to its seed, gamma and size, as in {SeedVariable}=1,3,50");
        var config = Config.QuickThrowOnFailure.WithMaxTest(count).WithEndSize(LargestSize).WithReplay(FSharpOption<Replay>.Some(replay)).WithQuietOnSuccess(true);
        try
        {
            Check.One(config, Prop.ForAll(History.Any, RunAsync));
        }
        finally
        {
            if (_storage is not null) await _storage.DisposeAsync();
        }
    }

    private async Task RunAsync(History history)
    {
        // A database grows, and what reads all of it gets slower.
        if (_runs++ % AfterSoMany == 0)
        {
            if (_storage is not null) await _storage.DisposeAsync();
            _storage = null;
            _storage = await Storage.CreateAsync(engine);
        }
        await history.RunAsync(_storage!);
    }

    private static (Replay Replay, int Count) Replay()
    {
        var given = Environment.GetEnvironmentVariable(SeedVariable)?.Split(',');
        if (given is not [var seed, var gamma, var size])
            return (new(new Rnd((ulong)Random.Shared.NextInt64()), FSharpOption<int>.None), Histories);
        return (new(new Rnd(ulong.Parse(seed, CultureInfo.InvariantCulture), ulong.Parse(gamma, CultureInfo.InvariantCulture)),
            FSharpOption<int>.Some(int.Parse(size, CultureInfo.InvariantCulture))), 1);
    }
}

/// <summary>Some histories, with every run of the tests.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
[Parallelizable(ParallelScope.Self)]
public sealed class MailboxProperties(Engine engine) : MailboxHistories(engine);

/// <summary>Many histories.</summary>
[Category("Soak")]
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
[Parallelizable(ParallelScope.Self)]
public sealed class MailboxSoak(Engine engine) : MailboxHistories(engine);
