using System.Net;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests;

[CancelAfter(Deadline.TestMilliseconds)]
internal sealed class FullDiskTests
{
    // Ever smaller, so that at the end not even a short message fits.
    private static readonly int[] BodySizes = [60_000, 4_000, 100];

    [Test]
    public async Task AFullDisk_IsToldToSenders_AndOnceThereIsRoomEverythingConfirmedArrives()
    {
        await using var database = await TestDatabase.CreateAsync(Engine.Sqlite);
        await using var disk = await SmallDisk.MountAsync(database.Folder);
        await using var server = await ServerProcess.StartAsync(database.Folder, database.Setting, "--RooCoord:Limits:MessagesPerSecond=0");
        await using var sender = await server.ConnectAsync("sender");
        var receiver = await server.RegisterAsync("receiver");
        var confirmed = new List<string>();
        var refused = new List<string>();

        foreach (var size in BodySizes) refused.Add(await FillAsync(sender, receiver.Device.Id, size, confirmed));
        // Each look commits, until there is no room for that either.
        await Poll.UntilAsync(async () => await server.HealthAsync() == HttpStatusCode.ServiceUnavailable, "the server says that it is not ready");
        using (var live = await server.Http.GetAsync("/health/live", Deadline.Token))
            Assert.That(live.StatusCode, Is.EqualTo(HttpStatusCode.OK), "the server stays alive");
        Assert.That(sender.Hub.State, Is.EqualTo(HubConnectionState.Connected), "and keeps its connections");

        disk.DropBallast();
        await Poll.UntilAsync(async () => await server.HealthAsync() == HttpStatusCode.OK, "the server is ready again");
        // The same ids and contents as when they were refused.
        for (var i = 0; i < refused.Count; i++)
        {
            var sent = await SendAsync(sender, receiver.Device.Id, refused[i], BodySizes[i]).Bounded();
            Assert.That(sent.Duplicate, Is.False, "what was refused was not kept");
            confirmed.Add(refused[i]);
        }

        await using var device = await TestDevice.ConnectAsync(server.Url, receiver).Bounded();
        await device.ResumeAsync().Bounded();
        var came = new List<string>();
        while (came.Count < confirmed.Count)
        {
            var message = await device.NextAsync().Bounded();
            came.Add(message.Id);
            if (came.Count % 10 == 0 || came.Count == confirmed.Count) await device.AcknowledgeAsync(message.Seq!.Value).Bounded();
        }
        Assert.That(came, Is.EqualTo(confirmed));
        var position = await device.ResumeAsync().Bounded();
        Assert.That((position.Head, position.Acknowledged), Is.EqualTo(((long)confirmed.Count, (long)confirmed.Count)), "nothing beside what was confirmed");
    }

    // Sends until the disk is full; returns the id that was refused.
    private static async Task<string> FillAsync(TestDevice sender, string receiver, int size, List<string> confirmed)
    {
        while (true)
        {
            var id = $"m{size}-{confirmed.Count}";
            try
            {
                await SendAsync(sender, receiver, id, size).Bounded();
                confirmed.Add(id);
            }
            catch (HubException refusal)
            {
                Assert.That(refusal.Message, Does.Match("HubException: storage_full: \\S"));
                return id;
            }
        }
    }

    private static Task<Contracts.SendResult> SendAsync(TestDevice sender, string receiver, string id, int size) =>
        sender.SendToAsync(receiver, id, new string('x', size));
}
