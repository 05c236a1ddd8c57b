using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using RooCoord.Contracts;

namespace RooCoord.Testing;

/// <summary>A device on a stock <see cref="HubConnection"/>, with what the server called on it in queues to await.</summary>
public sealed class TestDevice : IAsyncDisposable
{
    /// <summary>How long anything that must happen may take on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Channel<Envelope> _messages = Channel.CreateUnbounded<Envelope>();
    private readonly Channel<Device> _changes = Channel.CreateUnbounded<Device>();
    private readonly Channel<string> _withdrawn = Channel.CreateUnbounded<string>();
    private readonly Channel<Receipt> _receipts = Channel.CreateUnbounded<Receipt>();
    private readonly TaskCompletionSource<SessionStarted> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _endReason = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Exception?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DateTimeOffset> _expiring = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource<int> _draining = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TestDevice(Uri server, RegisteredDevice registered, string accessToken)
    {
        (Registered, Server) = (registered, server);
        var builder = new HubConnectionBuilder();
        builder.Services.AddSingleton<IConnectionFactory>(new WebSocketConnectionFactory(() => accessToken));
        builder.Services.AddSingleton<EndPoint>(new UriEndPoint(new UriBuilder(server) { Scheme = "ws", Path = "/hubs/devices" }.Uri));
        builder.AddJsonProtocol(json => Wire.Configure(json.PayloadSerializerOptions));
        Hub = builder.Build();
        Hub.On<SessionStarted>(nameof(IDeviceClient.SessionStarted), s => _started.TrySetResult(s));
        Hub.On<Envelope>(nameof(IDeviceClient.Message), m => _messages.Writer.TryWrite(m));
        Hub.On<string>(nameof(IDeviceClient.Withdrawn), id => _withdrawn.Writer.TryWrite(id));
        Hub.On<Receipt>(nameof(IDeviceClient.Receipt), r => _receipts.Writer.TryWrite(r));
        Hub.On<Device>(nameof(IDeviceClient.DeviceChanged), d => _changes.Writer.TryWrite(d));
        Hub.On<string>(nameof(IDeviceClient.SessionEnded), r => _endReason.TrySetResult(r));
        Hub.On<DateTimeOffset>(nameof(IDeviceClient.TokenExpiring), at => _expiring.TrySetResult(at));
        Hub.On<int>(nameof(IDeviceClient.Draining), after => _draining.TrySetResult(after));
        Hub.Closed += error =>
        {
            _closed.TrySetResult(error);
            return Task.CompletedTask;
        };
    }

    public RegisteredDevice Registered { get; }
    public Uri Server { get; }
    public HubConnection Hub { get; }
    public string Id => Registered.Device.Id;
    public Task<SessionStarted> Started => _started.Task.WaitAsync(Patience);
    public Task<string> EndReason => _endReason.Task.WaitAsync(Patience);
    public Task<Exception?> Closed => _closed.Task.WaitAsync(Patience);
    public Task<DateTimeOffset> Expiring => _expiring.Task.WaitAsync(Patience);
    /// <summary>After how many milliseconds the draining server wants this device back.</summary>
    public Task<int> Draining => _draining.Task.WaitAsync(Patience);
    /// <summary>Messages that have arrived and were not taken yet.</summary>
    public int Waiting => _messages.Reader.Count;

    public static async Task<TestDevice> ConnectAsync(Uri server, RegisteredDevice registered, string? accessToken = null)
    {
        var device = new TestDevice(server, registered, accessToken ?? registered.Credential.AccessToken);
        await device.Hub.StartAsync();
        // A connection refused while it opens closes without a session.
        var closed = device.Closed;
        if (await Task.WhenAny(device.Started, closed) == closed)
            throw new SessionRefusedException(device._endReason.Task.IsCompletedSuccessfully ? await device.EndReason : "", await closed);
        await device.Started;
        return device;
    }

    /// <summary>Another connection of the same device.</summary>
    public Task<TestDevice> ReconnectAsync() => ConnectAsync(Server, Registered);

    public Task<ResumeResult> ResumeAsync(long after = 0, int window = 256) => Hub.InvokeAsync<ResumeResult>(nameof(IDeviceHub.Resume), after, window);

    public Task<SendResult> SendAsync(object message) => Hub.InvokeAsync<SendResult>(nameof(IDeviceHub.Send), message);

    /// <summary>Sends a small durable message to one device.</summary>
    public Task<SendResult> SendToAsync(string device, string? id = null, object? body = null, string priority = "normal") =>
        SendAsync(new { id = id ?? Guid.CreateVersion7().ToString("N"), to = new { device }, type = "test", body, priority });

    public Task AcknowledgeAsync(long seq) => Hub.InvokeAsync(nameof(IDeviceHub.Acknowledge), seq);

    public Task RejectAsync(long seq, string? reason = null) => Hub.InvokeAsync(nameof(IDeviceHub.Reject), seq, reason);

    public Task RetryAsync(long seq, double afterSeconds) => Hub.InvokeAsync(nameof(IDeviceHub.Retry), seq, afterSeconds);

    public Task<bool> ClaimAsync(string messageId) => Hub.InvokeAsync<bool>(nameof(IDeviceHub.Claim), messageId);

    /// <summary>The next message taken back.</summary>
    public Task<string> WithdrawnAsync() => _withdrawn.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <summary>The next receipt.</summary>
    public Task<Receipt> ReceiptAsync() => _receipts.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public Task ReportAsync(object? report) => Hub.InvokeAsync(nameof(IDeviceHub.Report), report);

    public Task<JsonElement> ListDevicesAsync(object? filter) => Hub.InvokeAsync<JsonElement>(nameof(IDeviceHub.ListDevices), filter);

    public Task RefreshTokenAsync(string accessToken) => Hub.InvokeAsync(nameof(IDeviceHub.RefreshToken), accessToken);

    /// <summary>The next message.</summary>
    public Task<Envelope> NextAsync() => _messages.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <summary>The next messages.</summary>
    public async Task<List<Envelope>> NextAsync(int count)
    {
        var messages = new List<Envelope>(count);
        while (messages.Count < count) messages.Add(await NextAsync());
        return messages;
    }

    /// <summary>The next change of another device that fulfils a condition.</summary>
    public async Task<Device> ChangeAsync(Predicate<Device> wanted)
    {
        while (true)
        {
            var device = await _changes.Reader.ReadAsync().AsTask().WaitAsync(Patience);
            if (wanted(device)) return device;
        }
    }

    /// <summary>
    /// Proves that nothing is under way: sends a marker to this device itself and takes it as the next message.
    /// Holds for what the server would have sent before it, on the same priority or a higher one.
    /// </summary>
    public async Task ExpectNothingBeforeMarkerAsync()
    {
        await SendToAsync(Id, body: "marker", priority: "low");
        var next = await NextAsync();
        if (next.Body.ValueKind != JsonValueKind.String || next.Body.GetString() != "marker")
            throw new InvalidOperationException($"expected the marker, got seq {next.Seq} attempt {next.Attempt} of type {next.Type}");
        await AcknowledgeAsync(next.Seq!.Value);
    }

    public ValueTask DisposeAsync() => Hub.DisposeAsync();
}

/// <summary>A connection was closed before its session started; with the reason the server told, or none.</summary>
public sealed class SessionRefusedException(string reason, Exception? cause)
    : IOException($"the connection was closed before its session started ({reason})", cause)
{
    /// <summary>Of <c>SessionEnded</c>.</summary>
    public string Reason => reason;
}
