using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using RooCoord.Bench.Load;

namespace RooCoord.Bench.Servers;

/// <summary><c>POST /api/v1/devices</c>, as in PROTOCOL.md section 1.</summary>
internal static class DeviceRegistration
{
    private const int AtOnce = 16;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Devices by twos of one user each, a sender and the receiver that it may reach; the twos are spread over the users.
    /// </summary>
    public static async Task<IReadOnlyList<DeviceCredential>> RegisterAsync(
        int port, IReadOnlyList<string> userTokens, int count, CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        var devices = new DeviceCredential[count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = limit.Token };
        try
        {
            await Parallel.ForAsync(0, count, parallel, async (i, stop) =>
                devices[i] = await RegisterAsync(http, port, userTokens[i / 2 % userTokens.Count], i, stop));
            return devices;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new RunFailedException($"{count} devices were not registered within {Limit.TotalSeconds} s");
        }
        catch (HttpRequestException failed)
        {
            throw new RunFailedException($"POST /api/v1/devices: {failed.Message}", failed);
        }
    }

    private static async Task<DeviceCredential> RegisterAsync(HttpClient http, int port, string userToken, int number, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/devices")
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", userToken) },
            Content = JsonContent.Create(new
            {
                name = $"bench {number}",
                type = "desktop",
                platform = "linux",
                appVersion = "1.0.0",
                capabilities = Array.Empty<string>(),
                limits = new { maxFileSize = 1 << 20 },
            }),
        };
        using var answer = await http.SendAsync(request, cancellation);
        var text = await answer.Content.ReadAsStringAsync(cancellation);
        if (answer.StatusCode != HttpStatusCode.Created) throw new RunFailedException($"POST /api/v1/devices: {(int)answer.StatusCode} {text}");

        using var json = JsonDocument.Parse(text);
        var id = json.RootElement.GetProperty("device").GetProperty("id").GetString();
        var token = json.RootElement.GetProperty("credential").GetProperty("accessToken").GetString();
        return id is not null && token is not null
            ? new DeviceCredential(port, id, "/hubs/devices", token)
            : throw new RunFailedException($"POST /api/v1/devices: {text}");
    }
}
