using System.Globalization;
using FluentValidation;
using MediatR;
using RooCoord.Application.Admin;
using RooCoord.Contracts;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>Who did what with a file, newest first; for owners.</summary>
public sealed record ReadFileAudit(Caller Caller, string Id, string? Cursor, int? Limit) : IRequest<CursorPage<FileAuditEntry>>;

internal sealed class ReadFileAuditValidator : AbstractValidator<ReadFileAudit>
{
    public ReadFileAuditValidator() => RuleFor(r => r.Limit).Must(Paging.IsLimit).WithMessage(Paging.LimitRule);
}

internal sealed class ReadFileAuditHandler(IFileStore files, IFileHistory history) : IRequestHandler<ReadFileAudit, CursorPage<FileAuditEntry>>
{
    public async Task<CursorPage<FileAuditEntry>> Handle(ReadFileAudit request, CancellationToken cancellationToken)
    {
        var before = FileCursors.Number(request.Cursor);
        var limit = request.Limit ?? Paging.Usual;
        var file = await files.RequireAsync(request.Caller, request.Id, FileRole.Owner, cancellationToken).ConfigureAwait(false);
        var lines = await history.AuditAsync(file.Id, before, limit, cancellationToken).ConfigureAwait(false);
        return new([.. lines.Select(ToWire)], lines is [.., { Line: > 1 } last] ? Text(last.Line) : null);
    }

    private static FileAuditEntry ToWire(FileAuditLine line) => new(Text(line.Line), line.At, line.Actor, line.Device, line.Action, line.Version, line.Detail);

    private static string Text(long line) => line.ToString(CultureInfo.InvariantCulture);
}
