using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>The sweeper of old messages when there is nothing to sweep.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class SweeperTests(Engine engine)
{
    [Test]
    public async Task RoundWithoutAnyMessage_Succeeds_AndGoesOnWithTheRest()
    {
        var clock = new ManualTimeProvider();
        using var warnings = new Warnings();
        await using var database = await TestDatabase.CreateAsync(engine);
        await using var server = await TestServer.StartAsync(database, ownsDatabase: false, clock);
        server.Services.GetRequiredService<ILoggerFactory>().AddProvider(warnings);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (var i = 0; i < 100; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await pace.WaitForNextTickAsync();
        }
        Assert.That(warnings.Seen, Is.Empty);
    }

    private sealed class Warnings : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Seen { get; } = [];
        public ILogger CreateLogger(string categoryName) => this;
        public void Dispose() { }
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) Seen.Enqueue($"{formatter(state, exception)} {exception?.Message}");
        }
    }
}
