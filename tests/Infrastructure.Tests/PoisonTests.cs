using Microsoft.Extensions.DependencyInjection;
using RooCoord.Application.Devices;
using RooCoord.Application.Messages;
using RooCoord.Domain;
using RooCoord.Domain.Devices;
using RooCoord.Domain.Messages;
using RooCoord.Infrastructure.Sql;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>A route that cannot go on.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class PoisonTests(Engine engine) : StoreFixture(engine)
{
    [Test]
    public async Task FallbackStepThatMatchesMoreThan1000Devices_DoesNotTakeOtherSendersAppendsDownWithIt()
    {
        var first = await AddDeviceAsync("many");
        var innocent = await AddDeviceAsync("innocent");
        var message = MessageOf(first);
        await Get<IMailbox>().AppendAsync(message, new Route([new(Target.To([first.Id]), TimeSpan.Zero), new(Target.All, TimeSpan.FromSeconds(1))]), null);
        // They come after it was sent; before, it would have been refused.
        await Task.WhenAll(Enumerable.Range(0, Target.MaxDevices + 1).Select(_ => AddDeviceAsync("many")));
        Clock.Advance(TimeSpan.FromSeconds(2));

        // The writer waits, so that the look at the route and the append are of one batch.
        var (begun, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        var blocking = Get<GroupCommit>().RunAsync(async _ =>
        {
            begun.SetResult();
            await gate.Task;
            return 0;
        });
        await begun.Task;
        var look = Get<IEnumerable<ITimerHandler>>().Single(h => h.Kind == RouteSql.TimerKind).FireAsync(RouteSql.Subject(message.Key));
        var append = Get<IMailbox>().AppendAsync(MessageOf(innocent), Target.To([innocent.Id]), null);
        gate.SetResult();
        await blocking;
        Assert.That(await FaultOfAsync(append), Is.Null, "another user's message is committed");
        Assert.That(await FaultOfAsync(look), Is.Null, "the timer is done with: else it is due again, four times a second, for ever");
    }

    private static async Task<string?> FaultOfAsync(Task call)
    {
        try { await call.WaitAsync(TestDevice.Patience); }
        catch (Fault fault) { return $"{fault.Code}: {fault.Message} {fault.InnerException?.Message}"; }
        return null;
    }
}
