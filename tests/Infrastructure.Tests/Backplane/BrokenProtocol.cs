using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>Nothing can be written with it.</summary>
internal sealed class BrokenProtocol : IHubProtocol
{
    public string Name => "broken";
    public int Version => 1;
    public TransferFormat TransferFormat => TransferFormat.Text;

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message) => throw new NotSupportedException();

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => throw new NotSupportedException();

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => throw new NotSupportedException();

    public bool IsVersionSupported(int version) => true;
}
