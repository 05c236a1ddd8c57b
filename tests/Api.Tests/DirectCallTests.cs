using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RooCoord.Api.Hubs;
using RooCoord.Contracts;

namespace RooCoord.Api.Tests;

/// <summary>The short way of Send and Acknowledge reads and writes what the stock protocol would.</summary>
public sealed class DirectCallTests
{
    private static DirectCall? Read(string frame) => DirectCall.TryRead(Encoding.UTF8.GetBytes(frame), out var call) ? call : null;

    [TestCase("""{"type":1,"invocationId":"7","target":"Send","arguments":[{"id":"a","to":{"device":"d"},"type":"t","body":{"x": [1.50, "é\n"]}}]}""")]
    [TestCase("""{"arguments":[{"body":{"x": [1.50, "é\n"]},"type":"t","to":{"device":"d"},"id":"a"}],"invocationId":"7","target":"Send","type":1}""")]
    [TestCase("""{ "target" : "\u0053end", "type" : 1, "arguments" : [ {"id":"a","unknown":[{}],"to":{"device":"d"},"type":"t","body":{"x": [1.50, "é\n"]}} ], "invocationId" : "7" }""")]
    public void Send_IsReadInAnyOrderOfFields(string frame)
    {
        var call = Read(frame)!.Value;
        Assert.That((call.InvocationId, call.Method, call.Draft!.Id, call.Draft.To!.Device, call.Draft.Type, call.Draft.Problem), Is.EqualTo(("7", "Send", "a", "d", "t", (string?)null)));
        Assert.That(Encoding.UTF8.GetString(call.Draft.Body.Span), Is.EqualTo("""{"x": [1.50, "é\n"]}"""));
    }

    [Test]
    public void Body_IsReadAsTheSerializerReadsIt(
        [Values("null", "1", "-1.5e3", "\"\"", "\"\\ud800\"", "true", "[]", "{}", " [ 1 , {\"a\":\"\\\"]\"} ] ")] string body)
    {
        var message = $$"""{"body":{{body}},"id":"a"}""";
        var call = Read($$"""{"type":1,"target":"Send","arguments":[{{message}}]}""")!.Value;
        var stock = JsonSerializer.Deserialize<MessageDraft>(message, Wire.Json)!;
        Assert.That(call.Draft!.Body.ToArray(), Is.EqualTo(stock.Body.ToArray()));
    }

    [TestCase("""{"type":1,"target":"Acknowledge","arguments":[12]}""", 12)]
    [TestCase("""{"type":1,"target":"Acknowledge","arguments":[1.5]}""", null)]
    [TestCase("""{"type":1,"target":"Acknowledge","arguments":[1e30]}""", null)]
    public void Acknowledge_IsRead(string frame, long? seq)
    {
        var call = Read(frame)!.Value;
        Assert.That((call.Method, call.Seq.Value, call.InvocationId), Is.EqualTo(("Acknowledge", seq, (string?)null)));
    }

    [TestCase("""{"type":1,"target":"send","arguments":[{}]}""")]
    [TestCase("""{"type":1,"target":"Resume","arguments":[0,1]}""")]
    [TestCase("""{"type":4,"target":"Send","arguments":[{}]}""")]
    [TestCase("""{"type":1,"target":"Send","arguments":[{},{}]}""")]
    [TestCase("""{"type":1,"target":"Send","arguments":[]}""")]
    [TestCase("""{"type":1,"target":"Send","arguments":[null]}""")]
    [TestCase("""{"type":1,"target":"Send","arguments":{}}""")]
    [TestCase("""{"type":1,"target":"Send"}""")]
    [TestCase("""{"target":"Send","arguments":[{}]}""")]
    [TestCase("""{"type":1,"target":"Send","arguments":[{}],"streamIds":["1"]}""")]
    [TestCase("""{"type":1,"target":"Send","arguments":[{}],"headers":{}}""")]
    [TestCase("""{"type":1,"target":"Acknowledge","arguments":["1"]}""")]
    [TestCase("""{"type":1,"target":"Acknowledge","arguments":[1]""")]
    [TestCase("""{"type":1,"target":"Acknowledge","arguments":[1]} x""")]
    [TestCase("""{"type":1,"target":"Send","target":"Send","arguments":[{}]}""")]
    [TestCase("""{"type":1,"invocationId":"\ud800","target":"Send","arguments":[{}]}""")]
    [TestCase("nonsense")]
    [TestCase("")]
    public void AllElse_IsLeftToSignalR(string frame) => Assert.That(Read(frame), Is.Null);

    [Test]
    public void Answer_HasTheShapeTheStockSerializerGives()
    {
        var result = new SendResult("a\"b", true, [new("d1", 1L << 41, "stored", null), new("d2", null, "refused", "mailbox_full")], [new(0, 2, ["d1", "d2"], "named")]);
        var written = Written(new(" 1", result));
        Assert.That((written["type"]!.GetValue<int>(), written["invocationId"]!.GetValue<string>()), Is.EqualTo((3, " 1")));
        Assert.That(written["result"]!.ToJsonString(), Is.EqualTo(JsonSerializer.SerializeToNode(result, Wire.Json)!.ToJsonString()));
        Assert.That(Written(new("2", null)).ToJsonString(), Is.EqualTo("""{"type":3,"invocationId":"2","result":null}"""));
    }

    private static JsonNode Written(DirectAnswer answer)
    {
        var output = new ArrayBufferWriter<byte>();
        answer.Write(output);
        Assert.That(output.WrittenSpan[^1], Is.EqualTo(0x1E));
        return JsonNode.Parse(output.WrittenSpan[..^1])!;
    }
}
