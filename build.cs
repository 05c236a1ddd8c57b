#!/usr/bin/env dotnet
#:property PublishAot=false
#:property InvariantGlobalization=true
#:include build/PostgresCluster.cs
#:include build/Prerequisites.cs
#:include build/RedisServer.cs
#:include build/Shell.cs
#:include build/TempFolder.cs
#:include build/TestOutcomes.cs
#:include build/TestRun.cs

const string Solution = "RooCoord.sln";
const string Usage = """
    dotnet run build.cs <command>

      run [args]           starts the server, or one of its commands: run token --user alice
      test [--filter X]    builds, then runs every test but the soak tests, on a PostgreSQL and a Redis of its own
      soak [--filter X]    the same with the soak tests only
      bench [name] [args]  runs the benchmarks; --postgres gives them a PostgreSQL of their own (cluster has one, and a Redis; backplane a Redis)
      format [--verify]    formats the code, or only says whether it is formatted
      pack                 publishes the server to artifacts/RooCoord, the packages to artifacts/packages
      clean                deletes bin, obj, artifacts, node_modules and TestResults

    dotnet run takes options of its own, such as -c, for itself: `dotnet run build.cs -- <command>` leaves them alone.
    """;

Directory.SetCurrentDirectory(Shell.Root);
Interrupt.Listen();
try
{
    return await (args switch
    {
        ["run", .. var rest] => Shell.Run(Shell.Dotnet, ["run", "--project", "src/Api", "--", .. rest], quiet: true, grace: Shell.Drain),
        ["test"] => TestRun.Execute(Solution, "TestCategory!=Soak", "10m"),
        ["test", "--filter", var filter] => TestRun.Execute(Solution, "TestCategory!=Soak", "10m", filter),
        ["soak"] => Soak(null),
        ["soak", "--filter", var filter] => Soak(filter),
        ["bench", .. var rest] => Bench(rest),
        ["format"] => Shell.Run(Shell.Dotnet, ["format", Solution]),
        ["format", "--verify"] => Shell.Run(Shell.Dotnet, ["format", Solution, "--verify-no-changes"]),
        ["pack"] => Pack(),
        ["clean"] => Task.FromResult(Clean(new DirectoryInfo(Shell.Root))),
        _ => throw new BuildFailure(Usage, 2),
    });
}
catch (Exception) when (Interrupt.Token.IsCancellationRequested)
{
    // Ctrl-C reaches the steps as well: whatever they complain about comes from that.
    await Console.Error.WriteLineAsync("Interrupted.");
    return Interrupt.ExitCode;
}
catch (BuildFailure failure)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return failure.ExitCode;
}

static Task<int> Soak(string? filter) =>
    TestRun.Execute(Solution, "TestCategory=Soak", "4h", filter, new() { ["ROOCOORD_SOAK"] = "1" });

static async Task<int> Bench(string[] arguments)
{
    var isBackplane = arguments is ["backplane", ..];
    var project = isBackplane ? "bench/RooCoord.Bench.Backplane" : "bench/RooCoord.Bench";
    var isCluster = arguments is ["cluster", ..];
    var postgresBin = isCluster || arguments.Contains("--postgres") ? await Prerequisites.Postgres() : null;
    var redisProgram = isCluster || isBackplane ? await Prerequisites.Redis() : null;
    foreach (var built in isBackplane ? [project] : new[] { "src/Api", project }) // the others start the server as a process of its own
        await Shell.Require(Shell.Dotnet, ["build", built, "-c", "Release", "--nologo"]);

    await using var postgres = postgresBin is null ? null : await PostgresCluster.Start(postgresBin);
    await using var redis = redisProgram is null ? null : await RedisServer.Start(redisProgram);
    var environment = new Dictionary<string, string>();
    if (postgres is not null)
        environment["ROOCOORD_TEST_POSTGRES"] = postgres.ConnectionString;
    if (redis is not null)
        environment["ROOCOORD_TEST_REDIS"] = redis.Endpoint;
    return await Shell.Run(Shell.Dotnet, ["run", "-c", "Release", "--no-build", "--project", project, "--", .. isBackplane ? arguments[1..] : arguments], environment, grace: Shell.Drain);
}

static async Task<int> Pack()
{
    await Shell.Require(Shell.Dotnet, ["publish", "src/Api", "-c", "Release", "-o", "artifacts/RooCoord"]);
    return await Shell.Run(Shell.Dotnet, ["pack", "src/Contracts", "-c", "Release", "-o", "artifacts/packages"]);
}

static int Clean(DirectoryInfo folder)
{
    foreach (var child in folder.EnumerateDirectories().ToList())
    {
        if (child.Name == ".git" || child.LinkTarget is not null)
            continue;
        if (child.Name is "bin" or "obj" or "artifacts" or "node_modules" or "TestResults")
            child.Delete(recursive: true);
        else
            Clean(child);
    }
    return 0;
}
