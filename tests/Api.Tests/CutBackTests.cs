using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>What a server that crashed left behind the committed bytes.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class CutBackTests(Engine engine)
{
    [Test]
    public async Task BytesThatWereNotCommitted_AreCutOffAtTheStart()
    {
        await using var database = await TestDatabase.CreateAsync(engine);
        string upload;
        await using (var server = await TestServer.StartAsync(database, ownsDatabase: false))
        {
            using var http = server.With(await server.UserTokenAsync());
            upload = await http.BegunAsync(10_000);
            Assert.That(await http.AppendedAsync(upload, 0, new byte[1000]), Is.EqualTo((204, (string?)null)));
            await using var file = new FileStream(server.PathOf(upload), FileMode.Append);
            file.Write(new byte[777]);
        }
        await using var restarted = await TestServer.StartAsync(database, ownsDatabase: false);
        using var deadline = new CancellationTokenSource(TestDevice.Patience);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (restarted.SizeOf(upload) != 1000) await pace.WaitForNextTickAsync(deadline.Token);
        using var again = restarted.With(await restarted.UserTokenAsync());
        Assert.That(await again.AppendedAsync(upload, 1000, new byte[9000]), Is.EqualTo((204, (string?)null)));
    }
}
