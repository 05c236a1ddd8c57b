using MediatR;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Application.Messages;

/// <summary>
/// Answers where the mailbox stands, after acknowledging up to <paramref name="After"/> on a connection's first call.
/// Delivery itself is begun by the caller, once the answer is on the wire (<see cref="MailboxPump.Start"/>).
/// </summary>
public sealed record ResumeDelivery(DeviceConnection Connection, WholeNumber After, WholeNumber Window) : IRequest<Resumed>;

/// <summary>The answer, and whether it was the connection's first call.</summary>
public sealed record Resumed(ResumeResult Position, bool First);

internal sealed class ResumeDeliveryHandler(IMailbox mailbox) : IRequestHandler<ResumeDelivery, Resumed>
{
    public async Task<Resumed> Handle(ResumeDelivery request, CancellationToken cancellationToken)
    {
        var connection = request.Connection;
        connection.RequireCurrent();
        if (request.Window.Value is not (>= 1 and <= Flight.MaxWindow and var window)) throw Fault.Invalid($"`window` must be 1 to {Flight.MaxWindow}");
        var first = connection.TryBeginResume();
        try
        {
            if (first) await AcknowledgeAsync(connection, request.After).ConfigureAwait(false);
            var position = await mailbox.PositionAsync(connection.DeviceKey, cancellationToken).ConfigureAwait(false);
            connection.RequireCurrent();
            connection.Pump.SetWindow((int)window);
            if (first) connection.Pump.Found(position.Head, isEmpty: position.Acknowledged == position.Head);
            return new(new(position.Epoch, position.Head, position.Acknowledged), first);
        }
        catch
        {
            if (first) connection.ResumeFailed();
            throw;
        }
    }

    private async Task AcknowledgeAsync(DeviceConnection connection, WholeNumber given)
    {
        var after = given.Require("after");
        if (after < 0) throw Fault.Invalid("`after` must not be negative");
        if (after == 0) return;
        try
        {
            var settlement = await mailbox.AcknowledgeAsync(connection.Holder, after, null).ConfigureAwait(false);
            connection.Pump.Settled(settlement, after);
        }
        catch (Fault fault) when (fault.Code == FaultCode.Invalid)
        {
            // Beyond the head means another history than ours: after a restore, or another server.
            throw Fault.Conflict("`after` is beyond the head of the mailbox: resume with 0");
        }
    }
}
