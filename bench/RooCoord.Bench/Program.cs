using System.Runtime.InteropServices;
using RooCoord.Bench;
using RooCoord.Bench.Cluster;
using RooCoord.Bench.Connections;
using RooCoord.Bench.Files;
using RooCoord.Bench.Relay;
using RooCoord.Bench.Search;

using var stop = new CancellationTokenSource();
// Cancelling unwinds through every `await using`, which is what kills the servers and drops the databases.
void Cancel(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);

var usage = args switch
{
    ["relay", ..] => RelayOptions.Usage,
    ["connections", ..] => ConnectionsOptions.Usage,
    ["cluster", ..] => ClusterOptions.Usage,
    ["files", ..] => FilesOptions.Usage,
    ["search", ..] => SearchOptions.Usage,
    _ => string.Join("\n\n", RelayOptions.Usage, ConnectionsOptions.Usage, ClusterOptions.Usage, FilesOptions.Usage, SearchOptions.Usage),
};

try
{
    switch (args)
    {
        case ["relay", .. var rest] when !rest.Contains("--help"):
            await RelayCommand.RunAsync(RelayOptions.Parse(rest), stop.Token);
            return 0;
        case ["connections", .. var rest] when !rest.Contains("--help"):
            await ConnectionsCommand.RunAsync(ConnectionsOptions.Parse(rest), stop.Token);
            return 0;
        case ["cluster", .. var rest] when !rest.Contains("--help"):
            await ClusterCommand.RunAsync(ClusterOptions.Parse(rest), stop.Token);
            return 0;
        case ["files", .. var rest] when !rest.Contains("--help"):
            await FilesCommand.RunAsync(FilesOptions.Parse(rest), stop.Token);
            return 0;
        case ["search", .. var rest] when !rest.Contains("--help"):
            await SearchCommand.RunAsync(SearchOptions.Parse(rest), stop.Token);
            return 0;
        default:
            await Console.Error.WriteLineAsync(usage);
            return 2;
    }
}
catch (FormatException wrong)
{
    await Console.Error.WriteLineAsync($"{wrong.Message}\n\n{usage}");
    return 2;
}
catch (RunFailedException failed)
{
    await Console.Error.WriteLineAsync($"\nFAILED: {failed.Message}");
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("\nstopped");
    return 130;
}
