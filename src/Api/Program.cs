using System.CommandLine;
using RooCoord.Api.Operations;

// Options of the server itself (--urls, --RooCoord:Data=…) are .NET configuration, read by the host.
var root = new RootCommand("RooCoord: the server that makes a user's devices one.") { TreatUnmatchedTokensAsErrors = false };
root.SetAction((_, cancellationToken) => ServeCommand.RunAsync(args, cancellationToken));
root.Subcommands.Add(TokenCommand.Create());
root.Subcommands.Add(RestoredCommand.Create());
return await root.Parse(args).InvokeAsync();
