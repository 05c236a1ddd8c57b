using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.SignalR;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Api.Errors;

/// <summary>The one place where errors become what the wire shows: problem+json (RFC 9457) on REST, <c>code: text</c> on the hub.</summary>
internal static partial class FaultTranslation
{
    /// <summary>Code of an error nobody foresaw: 500 on REST.</summary>
    private const string Unforeseen = ErrorCodes.Failed;

    private static (string Code, int Status) Of(FaultCode code) => code switch
    {
        FaultCode.Invalid => (ErrorCodes.Invalid, 400),
        FaultCode.Unauthorized => (ErrorCodes.Unauthorized, 401),
        FaultCode.Forbidden => (ErrorCodes.Forbidden, 403),
        FaultCode.NotFound => (ErrorCodes.NotFound, 404),
        FaultCode.Conflict => (ErrorCodes.Conflict, 409),
        FaultCode.Expired => (ErrorCodes.Expired, 410),
        FaultCode.PreconditionFailed => (ErrorCodes.PreconditionFailed, 412),
        FaultCode.Range => (ErrorCodes.Range, 416),
        FaultCode.Locked => (ErrorCodes.Locked, 423),
        FaultCode.ChecksumMismatch => (ErrorCodes.ChecksumMismatch, 460),
        FaultCode.TooLarge => (ErrorCodes.TooLarge, 413),
        FaultCode.UnsupportedType => (ErrorCodes.UnsupportedType, 415),
        FaultCode.MailboxFull => (ErrorCodes.MailboxFull, 429),
        FaultCode.RateLimited => (ErrorCodes.RateLimited, 429),
        FaultCode.StorageFull => (ErrorCodes.StorageFull, 507),
        FaultCode.Failed => (ErrorCodes.Failed, 502),
        FaultCode.Timeout => (ErrorCodes.Timeout, 504),
        FaultCode.Offline => (ErrorCodes.Offline, 503),
        _ => (ErrorCodes.Unavailable, 503),
    };

    /// <summary>What any exception means to a caller, without anything secret; null when nobody foresaw it.</summary>
    private static Fault? Foreseen(Exception exception) => exception switch
    {
        Fault fault => fault,
        DbException or TimeoutException => new(FaultCode.Unavailable, "the database does not answer", exception),
        BadHttpRequestException { StatusCode: 413 } => new(FaultCode.TooLarge, "the request body is too large", exception),
        BadHttpRequestException { StatusCode: 415 } => new(FaultCode.UnsupportedType, "the body must be application/json", exception),
        BadHttpRequestException { InnerException: JsonException { Path: { Length: > 2 } path } } => Fault.Invalid($"`{path[2..]}` has the wrong JSON kind"),
        BadHttpRequestException => Fault.Invalid("the request or its JSON body is malformed"),
        _ => null,
    };

    /// <summary>The hub's form: the text after SignalR's own words.</summary>
    public static HubException ToHub(Exception exception, ILogger logger)
    {
        if (Foreseen(exception) is { } fault) return new($"{Of(fault.Code).Code}: {fault.Message}");
        LogUnforeseen(logger, exception);
        return new($"{Unforeseen}: the server failed");
    }

    /// <summary>The exception handler of REST.</summary>
    public static Task HandleAsync(HttpContext context)
    {
        var exception = context.Features.Get<IExceptionHandlerFeature>()!.Error;
        if (Foreseen(exception) is { } fault) return WriteAsync(context, fault);
        LogUnforeseen(context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(FaultTranslation)), exception);
        return WriteAsync(context, 500, Unforeseen, "the server failed");
    }

    /// <summary>Writes a fault.</summary>
    public static Task WriteAsync(HttpContext context, Fault fault)
    {
        var (code, status) = Of(fault.Code);
        // Whole seconds (RFC 9110): rounded up, so that who keeps to it is served.
        if (status == 429) context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(fault.RetryAfter?.TotalSeconds ?? 1)).ToString(CultureInfo.InvariantCulture);
        return WriteAsync(context, status, code, fault.Message);
    }

    /// <summary>Gives answers the framework made without a body (no such route, wrong method) their problem.</summary>
    public static Task WriteStatusAsync(HttpContext context)
    {
        var status = context.Response.StatusCode;
        return status switch
        {
            404 => WriteAsync(context, Fault.NotFound("resource")),
            405 => WriteAsync(context, 405, ErrorCodes.Invalid, "this resource does not take this method"),
            415 => WriteAsync(context, new Fault(FaultCode.UnsupportedType, "the body must be application/json")),
            _ => WriteAsync(context, status, status < 500 ? ErrorCodes.Invalid : ErrorCodes.Unavailable, "the request cannot be served"),
        };
    }

    private static Task WriteAsync(HttpContext context, int status, string code, string detail) =>
        Results.Problem(detail, statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = code }).ExecuteAsync(context);

    [LoggerMessage(Level = LogLevel.Error, Message = "A request failed in a way nobody foresaw")]
    private static partial void LogUnforeseen(ILogger logger, Exception exception);
}
