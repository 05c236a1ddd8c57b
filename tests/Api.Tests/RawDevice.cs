using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>A device that speaks frames: it does what no stock client would.</summary>
internal sealed class RawDevice(ClientWebSocket socket) : IDisposable
{
    private readonly Queue<string> _frames = [];
    private readonly byte[] _buffer = new byte[64 * 1024];
    private string _rest = "";

    /// <summary>Connects; the session has started.</summary>
    public static async Task<RawDevice> ConnectAsync(TestServer server, RegisteredDevice registered)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {registered.Credential.AccessToken}");
        await socket.ConnectAsync(new UriBuilder(server.Url) { Scheme = "ws", Path = "/hubs/devices" }.Uri, CancellationToken.None);
        var device = new RawDevice(socket);
        await device.SendAsync("""{"protocol":"json","version":1}""");
        await device.NextAsync("SessionStarted");
        return device;
    }

    public Task SendAsync(params string[] frames) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(string.Concat(frames.Select(f => f + "\u001e"))), WebSocketMessageType.Text, true, CancellationToken.None);

    /// <summary>Sends bytes as they are, with the end of a frame, in a binary message, whose text nobody checks.</summary>
    public Task SendBytesAsync(byte[] frame) => socket.SendAsync((byte[])[.. frame, 0x1E], WebSocketMessageType.Binary, true, CancellationToken.None);

    /// <summary>The next invocation of this client method.</summary>
    public Task<JsonElement> NextAsync(string target) => NextAsync(f => f.TryGetProperty("target", out var t) && t.GetString() == target);

    /// <summary>The next frame that fulfils a condition.</summary>
    public async Task<JsonElement> NextAsync(Predicate<JsonElement> wanted)
    {
        using var timeout = new CancellationTokenSource(TestDevice.Patience);
        while (true)
        {
            while (_frames.TryDequeue(out var frame))
            {
                var json = JsonDocument.Parse(frame).RootElement;
                if (wanted(json)) return json;
            }
            var received = await socket.ReceiveAsync(_buffer, timeout.Token);
            if (received.MessageType == WebSocketMessageType.Close) throw new IOException("the server closed the connection");
            var parts = (_rest + Encoding.UTF8.GetString(_buffer, 0, received.Count)).Split('\u001e');
            foreach (var part in parts[..^1]) _frames.Enqueue(part);
            _rest = parts[^1];
        }
    }

    public void Dispose() => socket.Dispose();
}
