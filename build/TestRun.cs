static class TestRun
{
    /// <summary>
    /// Builds, runs the tests of one kind, none longer than <paramref name="hang"/> (10m, 4h), and counts what came out;
    /// the count is the last line printed.
    /// </summary>
    public static async Task<int> Execute(string solution, string kind, string hang, string? filter = null, Dictionary<string, string>? environment = null)
    {
        await Prerequisites.Node();
        var postgresBin = await Prerequisites.Postgres();
        var redisProgram = await Prerequisites.Redis();
        var clamdProgram = await Prerequisites.Clamd();
        var nginxProgram = await Prerequisites.Nginx();
        if (OperatingSystem.IsLinux()) await Prerequisites.Faketime();
        await Prerequisites.NodeModules("tests/e2e");
        await Shell.Require(Shell.Dotnet, ["build", solution, "-c", "Release", "--nologo"]);

        int code;
        TestOutcomes outcomes;
        await using (var postgres = await PostgresCluster.Start(postgresBin))
        await using (var redis = await RedisServer.Start(redisProgram))
        {
            using var results = new TempFolder();
            var settings = new Dictionary<string, string>(environment ?? [])
            {
                ["ROOCOORD_TEST_POSTGRES"] = postgres.ConnectionString,
                ["ROOCOORD_TEST_POSTGRES_BIN"] = postgresBin,
                ["ROOCOORD_TEST_REDIS"] = redis.Endpoint,
                ["ROOCOORD_TEST_CLAMD"] = clamdProgram,
                ["ROOCOORD_TEST_NGINX"] = nginxProgram,
            };
            code = await Shell.Run(Shell.Dotnet, ["test", solution, "-c", "Release", "--no-build", "--nologo", "--filter", Both(kind, filter),
                // A test that never ends is named and counted as a failure.
                "--blame-hang", "--blame-hang-timeout", hang, "--blame-hang-dump-type", "none",
                "--logger", "trx;LogFilePrefix=results", "--results-directory", results.Path], settings);
            outcomes = TestOutcomes.Read(results.Path);
        }

        if (code != 0 && outcomes.Failed.Count == 0)
            Console.WriteLine($"dotnet test ended with {code} though no test failed: a test host died or did not start.");
        if (outcomes.Passed + outcomes.Failed.Count == 0)
            Console.WriteLine("No test was executed.");
        outcomes.Print();
        return code != 0 || !outcomes.Good ? 1 : 0;
    }

    static string Both(string kind, string? filter) => filter switch
    {
        null => kind,
        _ when filter.AsSpan().ContainsAny("=~") => $"({filter})&{kind}",
        _ => $"(FullyQualifiedName~{filter})&{kind}",
    };
}
