using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using RooCoord.Contracts;

namespace RooCoord.EndToEnd.Tests.Cluster;

/// <summary>
/// A file in one request, from a client with a slow line: the request is under way whatever is stopped. When it ends early the
/// client asks how far it came, and goes on from there, as tus clients do.
/// </summary>
internal sealed class SlowUpload(HttpClient http, RegisteredDevice device)
{
    private const int Bytes = 16 * 1024 * 1024;
    private const int Piece = 16 * 1024;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(40);
    // As tus-js-client waits at first.
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);

    private readonly byte[] _content = RandomNumberGenerator.GetBytes(Bytes);
    private readonly List<string> _interruptions = [];

    public Uri Address { get; private set; } = null!;
    public string Sha256 => Convert.ToHexString(SHA256.HashData(_content));
    /// <summary>How each request but the last one ended.</summary>
    public IReadOnlyList<string> Interruptions => _interruptions;
    /// <summary>How often it could go on from further than where the request before had begun.</summary>
    public int Continued { get; private set; }

    /// <summary>Uploads it; slowly, until told to hurry.</summary>
    public async Task RunAsync(CancellationToken hurry)
    {
        using var again = new PeriodicTimer(AgainAfter);
        while (Address is null)
        {
            Address = (await TryAsync(() => StoredFiles.Creation(device, Bytes)))?.Headers.Location!;
            if (Address is null) await again.WaitForNextTickAsync(Deadline.Token);
        }
        for (var offset = 0; offset < Bytes;)
        {
            var from = offset;
            if (await TryAsync(() => StoredFiles.Chunk(Address, device, from, Body(from, hurry))) is not null) return;
            int? reached = null;
            while (reached is null)
            {
                await again.WaitForNextTickAsync(Deadline.Token);
                reached = await OffsetAsync();
            }
            offset = reached.Value;
            if (offset > from) Continued++;
        }
    }

    private StreamedContent Body(int offset, CancellationToken hurry) => new(Bytes - offset, async stream =>
    {
        using var pace = new PeriodicTimer(Pace);
        for (var at = offset; at < Bytes; at += Piece)
        {
            await stream.WriteAsync(_content.AsMemory(at, Math.Min(Piece, Bytes - at)), Deadline.Token);
            if (!hurry.IsCancellationRequested) await pace.WaitForNextTickAsync(Deadline.Token);
        }
    });

    private async Task<int?> OffsetAsync() =>
        await TryAsync(() => StoredFiles.Look(Address, device)) is { } head ? int.Parse(head.Headers.GetValues("Upload-Offset").Single(), CultureInfo.InvariantCulture) : null;

    // Null where a tus client would try again; fails where it would give up.
    private async Task<HttpResponseMessage?> TryAsync(Func<HttpRequestMessage> make)
    {
        using var request = make();
        try
        {
            using var answer = await http.SendAsync(request, Deadline.Token);
            if (answer.IsSuccessStatusCode) return answer;
            Assert.That((int)answer.StatusCode, Is.GreaterThanOrEqualTo(500).Or.EqualTo((int)HttpStatusCode.Conflict).Or.EqualTo((int)HttpStatusCode.Locked));
            _interruptions.Add($"{request.Method} {(int)answer.StatusCode}");
        }
        catch (HttpRequestException)
        {
            _interruptions.Add($"{request.Method} broken");
        }
        return null;
    }
}
