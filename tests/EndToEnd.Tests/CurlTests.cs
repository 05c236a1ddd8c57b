using System.Security.Cryptography;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests;

/// <summary>Downloads as curl makes them.</summary>
[CancelAfter(Deadline.TestMilliseconds)]
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
internal sealed class CurlTests(Engine engine)
{
    [Test]
    public async Task Curl_ByRangesAndInPiecesAndByLink_GetsTheExactBytes()
    {
        await using var server = await ServerProcess.StartAsync(engine);
        var token = await server.TokenAsync("alice");
        server.Http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        var bytes = RandomNumberGenerator.GetBytes(20 << 20);
        var path = $"/api/v1/files/{await server.Http.UploadAsync(bytes)}";
        var folder = Directory.CreateTempSubdirectory("roocoord-curl-").FullName;
        try
        {
            var whole = Path.Combine(folder, "whole");
            string[] authorized = ["-sS", "-f", "-H", $"Authorization: Bearer {token}", new Uri(server.Url, path + "/content").ToString()];
            (await CommandResult.RunAsync("curl", [.. authorized, "-o", whole])).Require("whole");
            AssertSame(whole, bytes);

            // Broken off after 7 MiB, taken up again.
            var resumed = Path.Combine(folder, "resumed");
            await File.WriteAllBytesAsync(resumed, bytes[..(7 << 20)], Deadline.Token);
            (await CommandResult.RunAsync("curl", [.. authorized, "-C", "-", "-o", resumed])).Require("resumed");
            AssertSame(resumed, bytes);

            var tail = Path.Combine(folder, "tail");
            (await CommandResult.RunAsync("curl", [.. authorized, "-r", "-12345", "-o", tail])).Require("tail");
            AssertSame(tail, bytes[^12_345..]);

            using var created = await server.Http.PostAsync(new Uri(server.Url, path + "/shares"), null, Deadline.Token);
            var url = System.Text.Json.Nodes.JsonNode.Parse(await created.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Deadline.Token))!["url"]!.GetValue<string>();
            var linked = Path.Combine(folder, "linked");
            await File.WriteAllBytesAsync(linked, bytes[..1_000_000], Deadline.Token);
            (await CommandResult.RunAsync("curl", ["-sS", "-f", "-L", "-C", "-", url, "-o", linked])).Require("linked");
            AssertSame(linked, bytes);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void AssertSame(string file, byte[] bytes) =>
        Assert.That(Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))), Is.EqualTo(Convert.ToHexString(SHA256.HashData(bytes))), Path.GetFileName(file));
}
