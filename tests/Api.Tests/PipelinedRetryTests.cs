using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Calls that follow each other on the wire without waiting.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class PipelinedRetryTests(Engine engine) : ChainFixture(engine)
{
    [Test]
    public async Task AcknowledgeRightBehindARetryOfTheSameSeq_SettlesIt()
    {
        var user = NewUser();
        var (sender, one) = (await DeviceAsync(user, "server"), await DeviceAsync(user));
        await sender.SendToAsync(one.Id);
        await one.NextAsync();
        await Task.WhenAll(one.RetryAsync(1, 5), one.AcknowledgeAsync(1));
        Assert.That((await one.ResumeAsync()).Acknowledged, Is.EqualTo(1));
    }
}
