using System.Net.Http.Json;
using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Steady;

/// <summary>One device that sends at its pace and one that acknowledges what it gets.</summary>
internal sealed class SteadyPair(ServerProcess server, TestDevice sender, TestDevice receiver) : IAsyncDisposable
{
    private const int BodyBytes = 256;
    private const int AcknowledgeEach = 16;
    private const int MostUnanswered = 64;

    private static readonly string Body = new('x', BodyBytes);

    private readonly SemaphoreSlim _room = new(MostUnanswered);
    private readonly Dictionary<TestDevice, string> _refreshTokens = new[] { sender, receiver }.ToDictionary(d => d, d => d.Registered.Credential.RefreshToken);
    private int _confirmed;

    /// <summary>Messages confirmed so far.</summary>
    public int Confirmed => Volatile.Read(ref _confirmed);

    public static async Task<SteadyPair> ConnectAsync(ServerProcess server, int number) =>
        new(server, await server.ConnectAsync($"sender{number}"), await server.ConnectAsync($"receiver{number}"));

    /// <summary>Sends until <paramref name="stop"/>, receives until all of it came; a failed call ends it.</summary>
    public async Task RunAsync(TimeSpan pace, CancellationToken stop)
    {
        await receiver.ResumeAsync().Bounded();
        var receiving = ReceiveAsync(stop);
        var sending = new List<Task>();
        using var timer = new PeriodicTimer(pace);
        while (!stop.IsCancellationRequested && await timer.WaitForNextTickAsync(Deadline.Token))
        {
            await _room.WaitAsync(Deadline.Token);
            sending.RemoveAll(s => s.IsCompletedSuccessfully);
            sending.Add(SendAsync());
            if (sending.Find(s => s.IsFaulted) is { } failed) await failed;
        }
        await Task.WhenAll(sending);
        await receiving;
    }

    /// <summary>Access tokens last an hour.</summary>
    public async Task RefreshTokensAsync()
    {
        foreach (var (device, refreshToken) in _refreshTokens.ToList())
        {
            using var answer = await server.Http.PostAsJsonAsync("/api/v1/devices/token", new { refreshToken }, Deadline.Token);
            var credential = (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<Credential>(Wire.Json, Deadline.Token))!;
            await device.RefreshTokenAsync(credential.AccessToken).Bounded();
            _refreshTokens[device] = credential.RefreshToken;
        }
    }

    private async Task SendAsync()
    {
        await sender.SendToAsync(receiver.Id, body: Body).Bounded();
        Interlocked.Increment(ref _confirmed);
        _room.Release();
    }

    private async Task ReceiveAsync(CancellationToken stop)
    {
        for (var received = 0; !stop.IsCancellationRequested || received < Confirmed;)
        {
            var message = await receiver.NextAsync().Bounded();
            received++;
            if (received % AcknowledgeEach == 0 || receiver.Waiting == 0) await receiver.AcknowledgeAsync(message.Seq!.Value).Bounded();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await sender.DisposeAsync();
        await receiver.DisposeAsync();
        _room.Dispose();
    }
}
