using System.Text.Json;
using MediatR;
using RooCoord.Application.Sessions;

namespace RooCoord.Application.Devices;

/// <summary>Takes what a device tells of itself; written and told to the others a moment later, several reports as one.</summary>
public sealed record ReportTelemetry(DeviceConnection Connection, JsonElement Report) : IRequest;

internal sealed class ReportTelemetryHandler(TelemetryCollector collector, Limits limits) : IRequestHandler<ReportTelemetry>
{
    public Task<Unit> Handle(ReportTelemetry request, CancellationToken cancellationToken)
    {
        var connection = request.Connection;
        connection.RequireCurrent();
        collector.Add(connection, Telemetry.Require(request.Report, limits.ReportBytes));
        return Unit.Task;
    }
}
