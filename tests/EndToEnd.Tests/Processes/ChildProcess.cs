using System.Diagnostics;

namespace RooCoord.EndToEnd.Tests.Processes;

/// <summary>A process whose output is read as it comes, and which does not outlive the tests.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];

    public ChildProcess(string file, IEnumerable<string> arguments, string? folder = null, Action<string>? onOutput = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? AppContext.BaseDirectory,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data, onOutput);
        _process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data, null);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
    }

    public int Id => _process.Id;
    public bool HasExited => _process.HasExited;
    public IReadOnlyList<string> Output => Copy(_output);
    public IReadOnlyList<string> Errors => Copy(_errors);

    /// <summary>Both outputs, for people.</summary>
    public string Transcript => string.Join('\n', [.. Output, .. Errors]);

    /// <inheritdoc cref="ExitAsync(CancellationToken)"/>
    public Task<int> ExitAsync() => ExitAsync(Deadline.Token);

    /// <summary>Waits for the end and for all that was written before it; returns the exit code.</summary>
    public async Task<int> ExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL; returns when the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(Deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        // A test that ran out of time still waits for its processes to end.
        await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(5));
        _process.Dispose();
    }

    private void KillAtExit(object? sender, EventArgs e)
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
    }

    private void Keep(List<string> lines, string? line, Action<string>? told)
    {
        if (line is null) return;
        lock (_gate) lines.Add(line);
        told?.Invoke(line);
    }

    private List<string> Copy(List<string> lines)
    {
        lock (_gate) return [.. lines];
    }
}
