using System.Globalization;
using FluentValidation;
using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Application.Admin;

/// <summary>What admins asked for, newest first, older than <paramref name="Before"/>.</summary>
public sealed record ReadAudit(Caller Caller, string? Before, int? Limit) : IRequest<Page<AuditEntry>>, IAdminRequest
{
    /// <inheritdoc/>
    public string Action => "audit.read";
    /// <inheritdoc/>
    public string? Subject => null;
}

internal sealed class ReadAuditValidator : AbstractValidator<ReadAudit>
{
    public ReadAuditValidator() => RuleFor(r => r.Limit).Must(Paging.IsLimit).WithMessage(Paging.LimitRule);
}

internal sealed class ReadAuditHandler(IAuditLog log) : IRequestHandler<ReadAudit, Page<AuditEntry>>
{
    public async Task<Page<AuditEntry>> Handle(ReadAudit request, CancellationToken cancellationToken)
    {
        long? before = request.Before switch
        {
            null => null,
            { } text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var key) => key,
            _ => throw Fault.Invalid("`before` must be the id of an entry"),
        };
        var calls = await log.ListAsync(before, request.Limit ?? Paging.Usual, cancellationToken).ConfigureAwait(false);
        return new([.. calls.Select(c => new AuditEntry(c.Key.ToString(CultureInfo.InvariantCulture), c.At, c.Admin, c.Action, c.UserId))]);
    }
}
