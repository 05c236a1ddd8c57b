using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Clients;

/// <summary>A sender as the contract wants it: after a lost connection or <c>unavailable</c> it sends again with the same id.</summary>
internal sealed class RetryingSender(Uri server, RegisteredDevice registered) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private TestDevice? _device;

    public Task<SendResult> SendAsync(string to, string id, object? body) => SendAsync(id, device => device.SendToAsync(to, id, body));

    /// <summary>Sends until it is answered; each try must carry the same message.</summary>
    public Task<SendResult> SendAsync(string id, Func<TestDevice, Task<SendResult>> send) => Poll.UntilAsync(() => TryAsync(send), $"{id} is confirmed");

    private async Task<SendResult?> TryAsync(Func<TestDevice, Task<SendResult>> send)
    {
        var device = await ConnectedAsync();
        try
        {
            return await send(device).Bounded();
        }
        catch (Exception exception) when (Failure.IsPassing(exception))
        {
            if (Failure.IsLostConnection(exception)) await ForgetAsync(device);
            return null;
        }
    }

    private async Task<TestDevice> ConnectedAsync()
    {
        await _gate.WaitAsync(Deadline.Token);
        try
        {
            return _device ??= await Reconnection.UntilItWorksAsync(server, registered);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task ForgetAsync(TestDevice device)
    {
        await _gate.WaitAsync(Deadline.Token);
        try
        {
            if (_device != device) return;
            _device = null;
            await device.DisposeAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_device is not null) await _device.DisposeAsync();
        _gate.Dispose();
    }
}
