using System.CommandLine;
using System.Globalization;
using RooCoord.Api.Operations;

// What is written and read is the same wherever the server runs.
CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;

// A misspelt command must not start a server.
if (args is [[not '-', ..] command, ..] && command is not ("token" or "restored"))
{
    await Console.Error.WriteLineAsync($"There is no command '{command}'. Commands: token, restored; none: the server.");
    return 2;
}

// Options of the server itself (--urls, --RooCoord:Data=…) are .NET configuration, read by the host.
var root = new RootCommand("RooCoord: the server that makes a user's devices one.") { TreatUnmatchedTokensAsErrors = false };
root.SetAction((_, _) => ServeCommand.RunAsync(args));
root.Subcommands.Add(TokenCommand.Create());
root.Subcommands.Add(RestoredCommand.Create());
var parsed = root.Parse(args);
// The server takes signals itself, and as much time to stop as it is allowed.
if (parsed.Errors.Count == 0) return await parsed.InvokeAsync(new() { ProcessTerminationTimeout = parsed.CommandResult.Command == root ? null : TimeSpan.FromSeconds(2) });
// Not the library's help on standard output, which scripts read.
foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync(error.Message);
return 2;
