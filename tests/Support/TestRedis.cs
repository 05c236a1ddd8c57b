namespace RooCoord.Testing;

/// <summary>The Redis that the test command started; tests keep apart by prefix.</summary>
public static class TestRedis
{
    private const string Variable = "ROOCOORD_TEST_REDIS";

    /// <summary><c>host:port</c>.</summary>
    public static string Endpoint => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } endpoint
        ? endpoint
        : throw new InvalidOperationException($"{Variable} is not set: run the tests with `dotnet run build.cs test`, which starts Redis.");

    /// <summary>A prefix no other test has.</summary>
    public static string NewPrefix() => $"test-{Guid.NewGuid():N}";
}
