using FluentValidation;
using MediatR;
using RooCoord.Domain;

namespace RooCoord.Application.Pipeline;

/// <summary>Runs the request's validators before its handler; the first error becomes <c>invalid</c>.</summary>
internal sealed class ValidateRequest<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : notnull
{
    public Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        foreach (var validator in validators)
            if (validator.Validate(request) is { IsValid: false } result) throw Fault.Invalid(result.Errors[0].ErrorMessage);
        return next();
    }
}
