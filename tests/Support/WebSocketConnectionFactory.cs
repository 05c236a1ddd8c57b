using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace RooCoord.Testing;

/// <summary>Carries a stock <c>HubConnection</c> over a <see cref="ClientWebSocket"/>.</summary>
public sealed class WebSocketConnectionFactory(Func<string> accessToken) : IConnectionFactory
{
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {accessToken()}");
        await socket.ConnectAsync(((UriEndPoint)endpoint).Uri, cancellationToken);
        return new WebSocketConnection(socket);
    }

    private sealed class WebSocketConnection : ConnectionContext
    {
        private readonly ClientWebSocket _socket;
        private readonly Pipe _toApplication = new();
        private readonly Pipe _toSocket = new();
        private readonly CancellationTokenSource _ended = new();

        public WebSocketConnection(ClientWebSocket socket)
        {
            _socket = socket;
            ConnectionId = Guid.NewGuid().ToString("N");
            Transport = new Duplex(_toApplication.Reader, _toSocket.Writer);
            _ = ReceiveAsync();
            _ = SendAsync();
        }

        public override string ConnectionId { get; set; }
        public override IFeatureCollection Features { get; } = new FeatureCollection();
        public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();
        public override IDuplexPipe Transport { get; set; }

        private async Task ReceiveAsync()
        {
            Exception? error = null;
            try
            {
                while (true)
                {
                    var received = await _socket.ReceiveAsync(_toApplication.Writer.GetMemory(4096), _ended.Token);
                    if (received.MessageType == WebSocketMessageType.Close) break;
                    _toApplication.Writer.Advance(received.Count);
                    if ((await _toApplication.Writer.FlushAsync(_ended.Token)).IsCompleted) break;
                }
            }
            catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
            {
                error = exception is WebSocketException ? exception : null;
            }
            await _toApplication.Writer.CompleteAsync(error);
        }

        private async Task SendAsync()
        {
            try
            {
                while (true)
                {
                    var read = await _toSocket.Reader.ReadAsync(_ended.Token);
                    foreach (var segment in read.Buffer) await _socket.SendAsync(segment, WebSocketMessageType.Text, endOfMessage: true, _ended.Token);
                    _toSocket.Reader.AdvanceTo(read.Buffer.End);
                    if (read.IsCompleted) break;
                }
            }
            catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
            {
                await _toSocket.Reader.CompleteAsync(exception);
            }
        }

        public override void Abort(ConnectionAbortedException abortReason) => _socket.Abort();

        public override async ValueTask DisposeAsync()
        {
            try
            {
                if (_socket.State == WebSocketState.Open)
                    await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, new CancellationTokenSource(TimeSpan.FromSeconds(2)).Token);
            }
            catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
            {
                _socket.Abort();
            }
            await _ended.CancelAsync();
            _socket.Dispose();
        }

        private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
    }
}
