namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>The Redis that the test command started.</summary>
internal static class TestRedis
{
    private const string Variable = "ROOCOORD_TEST_REDIS";

    public static string Endpoint
    {
        get
        {
            var endpoint = Environment.GetEnvironmentVariable(Variable);
            if (string.IsNullOrEmpty(endpoint)) Assert.Ignore($"{Variable} is not set: run the tests with `dotnet run build.cs test`, which starts Redis.");
            return endpoint!;
        }
    }

    public static string NewPrefix() => $"t{Guid.NewGuid():N}";

    /// <summary>Looks again and again until it is so.</summary>
    public static async Task UntilAsync(Func<bool> isSo, string what)
    {
        using var deadline = new CancellationTokenSource(HubClient.Deadline);
        while (!isSo())
        {
            if (deadline.IsCancellationRequested) Assert.Fail($"not within {HubClient.Deadline}: {what}");
            await Task.Delay(5);
        }
    }
}
