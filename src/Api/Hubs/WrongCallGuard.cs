using System.Buffers;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using RooCoord.Application;
using RooCoord.Application.Rates;
using RooCoord.Contracts;

namespace RooCoord.Api.Hubs;

/// <summary>
/// One connection's hub protocol, which counts calls that SignalR answers itself: unknown methods, arguments that do not
/// bind, streams. They reach no hub filter. When they alone exceed the limit of other calls the connection is closed.
/// </summary>
internal sealed partial class WrongCallGuard(IHubProtocol protocol, HubConnectionContext connection, Caller caller, CallRates rates, ILogger<WrongCallGuard> logger)
    : IHubProtocol
{
    // SignalR finds methods whatever their case.
    private static readonly FrozenSet<string> Methods = typeof(IDeviceHub).GetMethods().Select(m => m.Name).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public string Name => protocol.Name;
    public int Version => protocol.Version;
    public TransferFormat TransferFormat => protocol.TransferFormat;

    public bool IsVersionSupported(int version) => protocol.IsVersionSupported(version);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => protocol.GetMessageBytes(message);

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => protocol.WriteMessage(message, output);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        if (!protocol.TryParseMessage(ref input, binder, out message)) return false;
        if (!IsWrong(message) || rates.TryCountWrong(caller)) return true;
        if (!connection.ConnectionAborted.IsCancellationRequested) LogClosing(logger, caller.Device?.Id);
        connection.Abort();
        message = null;
        return false;
    }

    private static bool IsWrong(HubMessage message) => message switch
    {
        InvocationMessage call => call.StreamIds is { Length: > 0 } || !Methods.Contains(call.Target),
        PingMessage or CompletionMessage or CloseMessage or AckMessage or SequenceMessage => false,
        _ => true,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Closed a connection of device {DeviceId}: its calls of unknown methods or with wrong arguments alone exceed the limit")]
    private static partial void LogClosing(ILogger logger, string? deviceId);
}
