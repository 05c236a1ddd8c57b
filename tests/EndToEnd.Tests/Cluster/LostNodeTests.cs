using System.Net.WebSockets;

namespace RooCoord.EndToEnd.Tests.Cluster;

/// <summary>What clients of <c>deploy/nginx.conf</c> meet when nodes are gone.</summary>
[CancelAfter(Deadline.TestMilliseconds)]
internal sealed class LostNodeTests
{
    private const string Secret = "secret-share";

    [Test]
    public async Task WhenNodesDie_TheOthersServe_AndWithoutAny_ItIsUnavailable_AndSecretsStayOutOfTheLogs()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("The configuration is for nginx on systems with Unix paths.");
        await using var cluster = await BalancedCluster.StartAsync();
        var device = await cluster.RegisterAsync("browser");

        await cluster.Nodes[1].KillAsync();
        for (var i = 0; i < 10; i++)
        {
            (await cluster.GetAsync("/api/v1/devices", device)).EnsureSuccessStatusCode().Dispose();
            (await cluster.CreateUploadAsync(device, 1)).EnsureSuccessStatusCode().Dispose();
            await cluster.OpenAsBrowserAsync(device);
        }

        await cluster.Nodes[0].KillAsync();
        await cluster.Nodes[2].KillAsync();
        using var answer = await cluster.GetAsync("/api/v1/devices", device);
        Assert.That((int)answer.StatusCode, Is.EqualTo(503));
        Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
        Assert.That(await answer.Content.ReadAsStringAsync(Deadline.Token), Does.Contain("\"code\":\"unavailable\""));

        Assert.That(() => cluster.OpenAsBrowserAsync(device), Throws.InstanceOf<WebSocketException>());
        (await cluster.GetAsync($"/s/{Secret}", device)).Dispose();
        await Poll.UntilAsync(() => Task.FromResult(cluster.Balancer.Requests().Any(r => r is { Path: "/s/-", Status: 503 })), "the last request is logged");
        var logged = cluster.Balancer.Logged();
        Assert.That(logged, Does.Contain("connect() failed"), "errors are logged");
        Assert.That(logged, Does.Not.Contain("access_token").And.Not.Contain(device.Credential.AccessToken).And.Not.Contain(Secret));
    }
}
