using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.EndToEnd.Tests.Processes;

namespace RooCoord.EndToEnd.Tests.Relay;

/// <summary>Which stock client plays both devices.</summary>
internal enum Client
{
    /// <summary>@microsoft/signalr under Node, with its default options.</summary>
    JavaScript,
    /// <summary>Microsoft.AspNetCore.SignalR.Client's <c>HubConnection</c>.</summary>
    DotNet,
}

/// <summary>One device sends <paramref name="Count"/> messages to another, which comes and goes as <paramref name="Seed"/> has it.</summary>
internal sealed record RelayPlan(Uri Server, BreakableLine Line, RegisteredDevice Sender, RegisteredDevice Receiver, int Count, int Seed)
{
    private const string SeedVariable = "ROOCOORD_TEST_SEED";

    /// <summary>How many confirmed messages the sender may be ahead while the receiver is there: the sending must last as long as the coming and going.</summary>
    public const int Lead = 100;
    /// <summary><c>Send</c>s that wait for their answer at the same time.</summary>
    public const int SendsInFlight = 16;
    /// <summary>The receiver stays for at most so many messages.</summary>
    public const int LongestStay = 80;
    /// <summary>The receiver stays away for at most so many messages.</summary>
    public const int LongestAbsence = 60;
    /// <summary>The receiver acknowledges each so many messages at the latest.</summary>
    public const int LongestUnacknowledged = 16;

    public static async Task<RelayPlan> MakeAsync(ServerProcess server, BreakableLine line, int count)
    {
        var seed = await SeedAsync();
        return new(server.Url, line, await server.RegisterAsync("sender"), await server.RegisterAsync("receiver"), count, seed);
    }

    /// <summary>The seed wanted, or a new one; prints it.</summary>
    public static async Task<int> SeedAsync()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), out var wanted) ? wanted : Random.Shared.Next();
        await TestContext.Out.WriteLineAsync($"Seed {seed}: to repeat, set {SeedVariable}={seed}");
        return seed;
    }

    public async Task RunAsync(Client client, RelayLog log)
    {
        try
        {
            await (client == Client.JavaScript ? JavaScriptRelay.RunAsync(this, log) : DotNetRelay.RunAsync(this, log));
        }
        finally
        {
            await log.PrintAsync();
        }
    }

    public string MessageId(int number) => $"m-{Seed}-{number}";
}
