using System.Text.Json;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>The short way and SignalR's own answer every frame alike: random ones, good and bad, go both ways.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
internal sealed class TwoWaysTests(Engine engine) : EngineFixture(engine)
{
    private const int Frames = 400;

    private static readonly string[] Ids = ["\"a\"", "\"b\"", "\"c.~_-9\"", "\"\"", "\".\"", "\"ä\"", "1", "null", "\"" + new string('x', 65) + "\"", "{}"];
    private static readonly string[] Targets =
    [
        """{"device":"R"}""", """{"devices":["R","S"]}""", """{"devices":["R","R"]}""", """{"devices":[]}""", """{"all":true}""", """{"all":false}""", """{"device":"nobody"}""",
        """{"match":{"type":"desktop"},"mode":"first"}""", """{"match":{"typ":"desktop"}}""", """{"match":{"status":"offline"},"mode":"claim"}""", """{"match":{},"mode":"one"}""",
        """{"device":"nobody","fallback":[{"to":{"device":"R"},"afterSeconds":1}]}""", """{"match":{"type":"mobile"},"fallback":[{"to":{"device":"R"},"afterSeconds":0.5}]}""",
        """{"device":"R","fallback":[{"to":{"all":true,"fallback":[]},"afterSeconds":1}]}""", """{"device":"R","all":true}""", """{"device":1}""", "null", "\"R\"", "[]", """{"device":"R","x":1}""",
    ];
    private static readonly (string Name, string[] Values)[] Fields =
    [
        ("type", ["\"t\"", "\"\"", "\"a\\u0000\"", "\"\\ud800\"", "null", "7", "\"" + new string('t', 129) + "\""]),
        ("body", ["null", "{\"x\":[1.50,\"é\\n\"]}", "\"\\ud800\"", "1e999", "\"" + new string('b', 70_000) + "\"", "[[]]"]),
        ("priority", ["\"low\"", "\"normal\"", "\"critical\"", "\"High\"", "1", "null"]),
        ("ttlSeconds", ["1", "2592000", "0", "-1", "1.5", "1e30", "\"1\"", "null"]),
        ("durability", ["\"durable\"", "\"ephemeral\"", "\"none\"", "true"]),
        ("receipts", ["\"none\"", "\"final\"", "\"all\"", "\"some\"", "0"]),
        ("correlationId", ["\"c\"", "null", "3", "\"" + new string('c', 200) + "\""]),
        ("unknown", ["[{}]", "1"]),
    ];

    [Test]
    public async Task EveryFrame_IsAnsweredAlike()
    {
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        using var direct = await SideAsync(extra: "");
        // Headers are left to SignalR.
        using var stock = await SideAsync(extra: ",\"headers\":{}");
        var random = new Random(seed);
        for (var i = 0; i < Frames; i++)
        {
            var (target, arguments) = random.Next(5) == 0 ? ("Acknowledge", Seq(random)) : ("Send", Message(random));
            var (one, other) = (await direct.AnswerAsync(i, target, arguments), await stock.AnswerAsync(i, target, arguments));
            Assert.That(one, Is.EqualTo(other), $"{target}({arguments}), seed {seed}, frame {i}");
        }
        Assert.That(direct.Answered, Is.GreaterThan(Frames / 20), "some are good");
        Assert.That(direct.Refused, Is.GreaterThan(Frames / 20), "some are bad");
    }

    private static string Seq(Random random) => random.Next(6) switch { 0 => "-1", 1 => "1.5", 2 => "1e30", 3 => "\"1\"", 4 => "999999", _ => $"{random.Next(20)}" };

    private static string Message(Random random)
    {
        var fields = new List<string>();
        if (random.Next(20) > 0) fields.Add($"\"id\":{(random.Next(3) > 0 ? $"\"m{random.Next(100)}\"" : Pick(random, Ids))}");
        if (random.Next(20) > 0) fields.Add($"\"to\":{Pick(random, Targets)}");
        foreach (var (name, values) in Fields)
        {
            // Mostly the first value, which is good, so that not every message has something wrong.
            if (name == "type" || random.Next(3) == 0) fields.Add($"\"{name}\":{(random.Next(3) > 0 ? values[0] : Pick(random, values))}");
        }
        if (random.Next(10) == 0) fields.Add(fields[random.Next(fields.Count)]);
        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(fields));
        return $"{{{string.Join(',', fields)}}}";
    }

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];

    private async Task<Side> SideAsync(string extra)
    {
        var user = NewUser();
        var (sender, receiver) = (await Server.RegisterAsync(user, "sender"), await Server.RegisterAsync(user, "receiver"));
        return new(await RawDevice.ConnectAsync(Server, sender), sender.Device.Id, receiver.Device.Id, extra);
    }

    private sealed record Side(RawDevice Device, string Sender, string Receiver, string Extra) : IDisposable
    {
        public int Answered { get; private set; }
        public int Refused { get; private set; }

        /// <summary>The answer, with the devices called by their roles.</summary>
        public async Task<string> AnswerAsync(int id, string target, string arguments)
        {
            var own = arguments.Replace("\"R\"", $"\"{Receiver}\"", StringComparison.Ordinal).Replace("\"S\"", $"\"{Sender}\"", StringComparison.Ordinal);
            await Device.SendAsync($$"""{"type":1,"invocationId":"{{id}}","target":"{{target}}","arguments":[{{own}}]{{Extra}}}""");
            var answer = await Device.NextAsync(f => f.TryGetProperty("invocationId", out var invocation) && invocation.GetString() == $"{id}" && f.GetProperty("type").GetInt32() == 3);
            if (answer.TryGetProperty("error", out _)) Refused++;
            else Answered++;
            return JsonSerializer.Serialize(answer).Replace(Receiver, "R", StringComparison.Ordinal).Replace(Sender, "S", StringComparison.Ordinal);
        }

        public void Dispose() => Device.Dispose();
    }
}
