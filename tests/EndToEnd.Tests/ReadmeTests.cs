using System.Text.Json;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests;

/// <summary>The examples of the documents are the texts that run here.</summary>
[CancelAfter(Deadline.TestMilliseconds)]
internal sealed class ReadmeTests
{
    [TestCase("README.md", "stored as 1, desktop got \"hello\"")]
    [TestCase("docs/routing.md", "ended: acknowledged, withdrawn")]
    [TestCase("docs/files.md", "stored as /api/v1/files/")]
    public async Task Example_DoesWhatItSays(string document, string said)
    {
        await using var server = await ServerProcess.StartAsync(Engine.Sqlite);
        var readme = await File.ReadAllTextAsync(Path.Combine(NodeScript.Folder, "..", "..", document));
        var start = readme.IndexOf("```js\n", StringComparison.Ordinal) + "```js\n".Length;
        var example = readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)];
        var environment = $"process.env.TOKEN = {JsonSerializer.Serialize(await server.TokenAsync("alice"))};\nprocess.env.ROOCOORD_URL = {JsonSerializer.Serialize(server.Url.GetLeftPart(UriPartial.Authority))};\n";
        var file = Path.Combine(NodeScript.Folder, $"readme-{Guid.NewGuid():N}.mjs");
        await File.WriteAllTextAsync(file, environment + example);
        try
        {
            await using var node = new ChildProcess("node", [file], NodeScript.Folder);
            Assert.That(await node.ExitAsync().Bounded(), Is.Zero, () => node.Transcript);
            Assert.That(node.Output, Has.Some.StartsWith(said));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
