using RooCoord.Bench;
using RooCoord.Bench.Backplane;
using RooCoord.Bench.Backplane.Measurements;
using RooCoord.Bench.Backplane.Nodes;

Func<Cluster, Task<IEnumerable<Figure>>>[] measurements =
[
    Order.MeasureAsync,
    SlowNeighbour.MeasureAsync,
    FirstCalls.MeasureAsync,
    Losses.MeasureAsync,
    Names.MeasureAsync,
    LocalDelay.MeasureAsync,
    Joins.MeasureAsync,
    Allocation.MeasureAsync,
];

try
{
    var options = BackplaneOptions.Parse(args);
    var redis = Environment.GetEnvironmentVariable("ROOCOORD_TEST_REDIS") ?? throw new FormatException("ROOCOORD_TEST_REDIS is missing");
    var report = new BackplaneReport(options.Rounds);
    // Round 0 compiles the code and is not reported.
    for (var round = 0; round <= options.Rounds; round++)
    {
        await Console.Error.WriteLineAsync($"round {round} of {options.Rounds}");
        foreach (var measureAsync in measurements)
        {
            // The other one first each round: what drifts with time hits both.
            foreach (var variant in round % 2 == 1 ? new[] { Variant.Naive, Variant.RooCoord } : [Variant.RooCoord, Variant.Naive])
            {
                await using var cluster = new Cluster(variant, redis);
                var figures = await measureAsync(cluster);
                if (round > 0) report.Add(variant, figures);
            }
        }
    }
    report.Write();
    return 0;
}
catch (FormatException wrong)
{
    await Console.Error.WriteLineAsync($"{wrong.Message}\n\n{BackplaneOptions.Usage}");
    return 2;
}
catch (RunFailedException failed)
{
    await Console.Error.WriteLineAsync($"\nFAILED: {failed.Message}");
    return 1;
}
