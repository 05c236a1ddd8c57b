using RooCoord.Api.Errors;
using RooCoord.Application.Files;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Api.Downloads;

/// <summary>Answers with content as it was decided: 200, 206, 304 or 416.</summary>
internal sealed class ContentResult(OpenedContent opened) : IResult
{
    public Task ExecuteAsync(HttpContext http)
    {
        var (content, answer) = opened;
        var response = http.Response;
        if (answer.Status == ContentStatus.Unsatisfiable)
        {
            response.Headers.ContentRange = ContentHeaders.Range(null, content.Size);
            return FaultTranslation.WriteAsync(http, new Fault(FaultCode.Range, $"the file has {content.Size} bytes"));
        }
        ContentHeaders.Validators(response, content);
        if (answer.Status == ContentStatus.NotModified)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        ContentHeaders.Describe(response, content);
        response.ContentType = content.MimeType;
        if (answer.Status == ContentStatus.Whole)
        {
            response.ContentLength = content.Size;
            return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : SendAsync(http, [new(0, content.Size)]);
        }
        response.StatusCode = StatusCodes.Status206PartialContent;
        return answer.Ranges.Count == 1 ? SendOneAsync(http, answer.Ranges[0]) : SendSeveralAsync(http, answer.Ranges);
    }

    private Task SendOneAsync(HttpContext http, ByteRange range)
    {
        http.Response.Headers.ContentRange = ContentHeaders.Range(range, opened.Content.Size);
        http.Response.ContentLength = range.Length;
        return SendAsync(http, [range]);
    }

    private Task SendSeveralAsync(HttpContext http, IReadOnlyList<ByteRange> ranges)
    {
        var parts = new Multipart(ranges, opened.Content);
        http.Response.ContentType = parts.ContentType;
        http.Response.ContentLength = parts.Length;
        return SendAsync(http, ranges, parts);
    }

    private Task SendAsync(HttpContext http, IReadOnlyList<ByteRange> ranges, Multipart? parts = null) =>
        http.RequestServices.GetRequiredService<ContentSender>().SendAsync(http, opened.Content, ranges, parts);
}
