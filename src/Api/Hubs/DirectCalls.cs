using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using RooCoord.Api.Errors;
using RooCoord.Application.Messages;
using RooCoord.Application.Rates;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;

namespace RooCoord.Api.Hubs;

/// <summary>
/// One connection's hub protocol, with a short way for the two calls nearly all traffic is made of: <c>Send</c> and
/// <c>Acknowledge</c> go from their frame to their use case, without hub, filters and reflection (docs/decisions/0006).
/// All else, and more calls at once than the hub allows, goes SignalR's way; calls begin in wire order on either.
/// </summary>
internal sealed class DirectCalls(IHubProtocol protocol, HubConnectionContext connection, DirectMediator mediator, CallRates rates, ILogger<DirectCalls> logger)
    : IHubProtocol
{
    private const byte RecordSeparator = 0x1E;

    private readonly OpenCalls _calls = connection.Features.GetRequiredFeature<OpenCalls>();
    private DeviceConnection? _device;

    public string Name => protocol.Name;
    public int Version => protocol.Version;
    public TransferFormat TransferFormat => protocol.TransferFormat;

    public bool IsVersionSupported(int version) => protocol.IsVersionSupported(version);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => protocol.GetMessageBytes(message);

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output)
    {
        if (message is DirectMessage direct) direct.Write(output);
        else protocol.WriteMessage(message, output);
    }

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        if (_calls.Count >= RooCoordServer.ParallelCalls || !TryStart(ref input)) return protocol.TryParseMessage(ref input, binder, out message);
        // To SignalR the frame was a sign of life and nothing else.
        message = PingMessage.Instance;
        return true;
    }

    private bool TryStart(ref ReadOnlySequence<byte> input)
    {
        if (input.PositionOf(RecordSeparator) is not { } end) return false;
        var frame = input.Slice(0, end);
        if (!frame.IsSingleSegment || (_device ??= connection.Features.Get<DeviceConnection>()) is not { } device) return false;
        if (!DirectCall.TryRead(frame.FirstSpan, out var call)) return false;
        input = input.Slice(input.GetPosition(1, end));
        var begun = _calls.TryBegin();
        _ = AnswerAsync(call.Method, call.InvocationId, begun, begun ? Start(device, call) : Task.FromException(OpenCalls.Closed()));
        return true;
    }

    private Task Start(DeviceConnection device, in DirectCall call)
    {
        try
        {
            if (rates.Refusal(device.Caller, call.Draft is null ? CallKind.Other : CallKind.Send) is { } refusal) return Task.FromException(refusal);
            device.RequireCurrent();
            return call.Draft is { } draft
                ? mediator.Send(new SendMessage(device.Caller, draft))
                : mediator.Send(new Acknowledge(device, call.Seq));
        }
        catch (Exception exception) { return Task.FromException(exception); }
    }

    private async Task AnswerAsync(string method, string? id, bool begun, Task call)
    {
        HubMessage answer;
        try
        {
            await call.ConfigureAwait(false);
            answer = new DirectAnswer(id, call is Task<SendResult> sent ? sent.Result : null);
        }
        catch (Exception exception)
        {
            // SignalR's own words for an error of a hub method.
            answer = CompletionMessage.WithError(
                id ?? "", $"An unexpected error occurred invoking '{method}' on the server. HubException: {FaultTranslation.ToHub(exception, logger).Message}");
        }
        try
        {
            if (id is not null) await connection.WriteAsync(answer).ConfigureAwait(false);
        }
        catch (Exception) { /* The transport is gone, and with it who asked. */ }
        finally
        {
            if (begun) _calls.End();
        }
    }
}
