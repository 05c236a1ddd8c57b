using System.IO.Compression;
using AutoMapper;
using MediatR;
using RooCoord.Application.Devices;
using RooCoord.Application.Messages;

namespace RooCoord.Application.Accounts;

/// <summary>Writes all of the caller's own data as a zip: <c>devices.json</c>, <c>messages.json</c>, <c>files.json</c>, and each version's bytes.</summary>
public sealed record ExportAccount(Caller Caller, Stream Output) : IRequest;

internal sealed class ExportAccountHandler(IDeviceStore devices, ILedger ledger, LedgerWire wire, ExportedFiles files, IMapper mapper) : AsyncRequestHandler<ExportAccount>
{
    private const int PageSize = 200;

    protected override async Task Handle(ExportAccount request, CancellationToken cancellationToken)
    {
        var caller = request.Caller;
        DeviceAccess.RequireUser(caller);
        await using var zip = await ZipArchive.CreateAsync(request.Output, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancellationToken).ConfigureAwait(false);
        await using (var list = await JsonList.OpenAsync(zip, "devices.json", cancellationToken).ConfigureAwait(false))
        {
            foreach (var device in await devices.ListAsync(caller.UserKey, cancellationToken).ConfigureAwait(false))
                await list.AddAsync(mapper.Map<Contracts.Device>(device), cancellationToken).ConfigureAwait(false);
        }
        await using (var list = await JsonList.OpenAsync(zip, "messages.json", cancellationToken).ConfigureAwait(false))
            await AddMessagesAsync(list, caller, cancellationToken).ConfigureAwait(false);
        await files.AddAsync(zip, caller, cancellationToken).ConfigureAwait(false);
    }

    private async Task AddMessagesAsync(JsonList list, Caller caller, CancellationToken cancellationToken)
    {
        for (string? before = null; ;)
        {
            var page = await ledger.ListAsync(caller.UserKey, null, before, PageSize, cancellationToken).ConfigureAwait(false);
            foreach (var message in page) await list.AddAsync(wire.ToRecord(message, body: true), cancellationToken).ConfigureAwait(false);
            if (page.Count < PageSize) return;
            before = page[^1].Message.Id;
        }
    }
}
