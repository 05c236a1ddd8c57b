using MediatR;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Application.Messages;

/// <summary>Puts one entry off for 0 to 2,592,000 seconds.</summary>
public sealed record RetryEntry(DeviceConnection Connection, WholeNumber Seq, double AfterSeconds) : IRequest;

internal sealed class RetryEntryHandler(IMailbox mailbox, TimeProvider time) : IRequestHandler<RetryEntry>
{
    public async Task<Unit> Handle(RetryEntry request, CancellationToken cancellationToken)
    {
        var (connection, number, after) = request;
        var seq = number.Require("seq");
        connection.RequireCurrent();
        if (!(after >= 0 && after <= Ttl.MaxSeconds)) throw Fault.Invalid($"`afterSeconds` must be 0 to {Ttl.MaxSeconds}");
        connection.Pump.Touch(seq);
        var attempt = connection.Pump.PuttingOff(seq);
        var dueAt = time.GetUtcNow().AddSeconds(after);
        if (await mailbox.RetryAsync(connection.Holder, seq, dueAt).ConfigureAwait(false)) connection.Pump.Touch();
        connection.Pump.Removed(seq, dueAt, attempt);
        return Unit.Value;
    }
}
