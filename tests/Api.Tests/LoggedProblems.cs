using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace RooCoord.Api.Tests;

/// <summary>Warnings and errors that a server logs from now on, with their categories.</summary>
internal sealed class LoggedProblems : ILoggerProvider
{
    public ConcurrentQueue<string> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose() { }

    private sealed class Logger(LoggedProblems problems, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) problems.Lines.Enqueue($"{category}: {formatter(state, exception)} {exception}");
        }
    }
}
