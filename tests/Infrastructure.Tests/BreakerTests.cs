using System.Net;
using System.Net.Sockets;
using Npgsql;
using Polly.CircuitBreaker;
using RooCoord.Domain;
using RooCoord.Infrastructure.Sql;

namespace RooCoord.Infrastructure.Tests;

/// <summary>A PostgreSQL that is away is not asked by every request in turn.</summary>
public sealed class BreakerTests
{
    private const int Most = 200;

    [Test]
    public async Task OnceNearlyAllHaveFailed_TheNextAreToldWithoutAsking()
    {
        // Bound and not listening: whoever connects is refused.
        using var away = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        away.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var database = new PostgresDatabase($"Host=127.0.0.1;Port={((IPEndPoint)away.LocalEndPoint!).Port};Username=nobody;Database=none");
        var answers = await Task.WhenAll(Enumerable.Range(0, Most).Select(_ => FailureAsync(database)));
        Assert.That(answers, Is.All.InstanceOf<NpgsqlException>().Or.InstanceOf<Fault>());
        var told = answers.OfType<Fault>().ToList();
        Assert.That(told, Is.Not.Empty);
        Assert.That(told.Select(f => (f.Code, f.InnerException is BrokenCircuitException)), Is.All.EqualTo((FaultCode.Unavailable, true)));
    }

    private static async Task<Exception?> FailureAsync(PostgresDatabase database)
    {
        try { await (await database.OpenAsync(CancellationToken.None)).DisposeAsync(); }
        catch (Exception exception) { return exception; }
        return null;
    }
}
