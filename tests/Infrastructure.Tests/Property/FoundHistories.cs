using RooCoord.Infrastructure.Tests.Property.Steps;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>Histories that once broke a promise, as short as they were found.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class FoundHistories(Engine engine)
{
    private static readonly Step FourShortLived = new SendStep(Sender: 1, Targets: 7, Count: 4, "normal", Ttl: 2);
    private static readonly Step Connect = new ConnectStep(Device: 2, Window: 8, After: 0);
    private static readonly Step AcknowledgeLast = new SettleStep(2, SettleCall.Acknowledge, Pick.LastInHand, 0, 0);

    private static Step Retry(int seconds) => new SettleStep(2, SettleCall.Retry, Pick.LastInHand, 0, seconds);

    private static Step AnswerLost(Step step) => new FaultStep(step, CommitFault.AnswerLost, Repeats: false);

    [Test]
    public Task WhatAnUnansweredAcknowledgeSettled_IsNotSentAgain() => RunAsync(FourShortLived, Connect, AnswerLost(AcknowledgeLast), new SilenceStep(1));

    [Test]
    public Task WhatAnUnansweredRetryPutOff_IsSettledByName() => RunAsync(FourShortLived, Connect, AnswerLost(Retry(60)), AcknowledgeLast);

    [Test]
    public Task WhatAnUnansweredRetryPutOff_ComesBack() => RunAsync(FourShortLived, Connect, AnswerLost(Retry(0)), new SilenceStep(2));

    [Test]
    public Task WhatCameBackInTheMiddleOfARepetition_IsSentOnce() => RunAsync(FourShortLived, Connect, FourShortLived, Retry(5), new SilenceStep(10));

    [Test]
    public Task AFlightThatIsReturnedLate_ClosesNothingInFlight() => RunAsync(Connect, FourShortLived, AnswerLost(new DropStep(2, Noticed: true)), Connect, new ClockStep(10));

    private async Task RunAsync(params Step[] steps)
    {
        await using var storage = await Storage.CreateAsync(engine);
        await new History(steps).RunAsync(storage);
    }
}
