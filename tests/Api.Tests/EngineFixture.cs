using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>A server on each engine, shared by the tests of a fixture; they keep apart by user.</summary>
[Parallelizable(ParallelScope.Self)]
public abstract class EngineFixture(Engine engine)
{
    private int _users;

    protected Engine Engine { get; } = engine;
    protected TestServer Server { get; private set; } = null!;
    protected virtual ManualTimeProvider? Clock => null;
    protected virtual string[] Settings => [];

    [OneTimeSetUp]
    public async Task StartServerAsync() => Server = await TestServer.StartAsync(Engine, Clock, Settings);

    [OneTimeTearDown]
    public async Task StopServerAsync()
    {
        if (Server is not null) await Server.DisposeAsync();
    }

    /// <summary>A user no other test has.</summary>
    protected string NewUser() => $"user{Interlocked.Increment(ref _users)}";

    /// <summary>Two connected and resumed devices of one user.</summary>
    protected async Task<(TestDevice Sender, TestDevice Receiver)> PairAsync(string? user = null, int window = 256)
    {
        user ??= NewUser();
        var sender = await Server.ConnectAsync(user, "sender");
        var receiver = await Server.ConnectAsync(user, "receiver");
        await sender.ResumeAsync();
        await receiver.ResumeAsync(window: window);
        return (sender, receiver);
    }

    /// <inheritdoc cref="HubErrors.CodeOfAsync"/>
    protected static Task<string> CodeOfAsync(Task call) => HubErrors.CodeOfAsync(call);
}
