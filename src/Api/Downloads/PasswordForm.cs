using System.Text;

namespace RooCoord.Api.Downloads;

/// <summary>The page on which people give a link's password. It says nothing of the file.</summary>
internal static class PasswordForm
{
    public const string Field = "password";

    // A password of the most characters, each of three bytes that a form writes as nine.
    private const int MaxBytes = 4 * 1024;

    /// <summary>Whether a person asks.</summary>
    public static bool IsWanted(HttpRequest request) => request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    /// <summary>The page, with status 403 as everyone else gets it.</summary>
    public static IResult Show(HttpContext http, string why)
    {
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        http.Response.Headers.Vary = "Accept";
        return Results.Text($"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Password</title></head>
            <body><form method="post"><p>{why}</p>
            <p><label>Password <input name="{Field}" type="password" autocomplete="off" autofocus required></label> <button>Download</button></p>
            </form></body></html>
            """, "text/html; charset=utf-8", Encoding.UTF8, StatusCodes.Status403Forbidden);
    }

    /// <summary>What was typed, or null.</summary>
    public static async Task<string?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!request.HasFormContentType) return null;
        if (request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = MaxBytes;
        try
        {
            return (await request.ReadFormAsync(cancellationToken))[Field];
        }
        catch (Exception exception) when (exception is InvalidDataException or NotSupportedException or ArgumentException || (exception is IOException and not BadHttpRequestException))
        {
            throw new Domain.Fault(Domain.FaultCode.Invalid, "the form is malformed", exception);
        }
    }
}
