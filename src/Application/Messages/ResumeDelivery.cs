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
public sealed record ResumeDelivery(DeviceConnection Connection, long After, int Window) : IRequest<ResumeResult>;

internal sealed class ResumeDeliveryHandler(IMailbox mailbox) : IRequestHandler<ResumeDelivery, ResumeResult>
{
    public async Task<ResumeResult> Handle(ResumeDelivery request, CancellationToken cancellationToken)
    {
        var (connection, after, window) = request;
        connection.RequireCurrent();
        if (window is < 1 or > Flight.MaxWindow) throw Fault.Invalid($"`window` must be 1 to {Flight.MaxWindow}");
        if (after < 0) throw Fault.Invalid("`after` must not be negative");
        if (after > 0 && connection.TryBeginResume()) await AcknowledgeAsync(connection, after).ConfigureAwait(false);
        var position = await mailbox.PositionAsync(connection.DeviceKey, cancellationToken).ConfigureAwait(false);
        connection.RequireCurrent();
        connection.Pump.SetWindow(window);
        return new(position.Epoch, position.Head, position.Acknowledged);
    }

    private async Task AcknowledgeAsync(DeviceConnection connection, long after)
    {
        try
        {
            var settlement = await mailbox.AcknowledgeAsync(connection.Holder, after, null).ConfigureAwait(false);
            connection.Pump.Settled(settlement, after);
        }
        catch (Fault fault)
        {
            connection.ResumeFailed();
            // Beyond the head means another history than ours: after a restore, or another server.
            throw fault.Code == FaultCode.Invalid
                ? Fault.Conflict("`after` is beyond the head of the mailbox: resume with 0")
                : fault;
        }
    }
}
