using System.Text.Json;
using RooCoord.Contracts;

namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>A message that was sent, perhaps several times, and its first answer.</summary>
internal sealed class SentMessage(string id, int sender, IReadOnlyList<MailboxModel> targets, string text, DateTimeOffset at)
{
    public string Id => id;
    public int Sender => sender;
    public IReadOnlyList<MailboxModel> Targets => targets;
    public DateTimeOffset At => at;
    public SendResult? Answer { get; set; }

    /// <summary>The same message, or one of other content under the same id.</summary>
    public MessageDraft Draft(bool otherContent = false) =>
        JsonSerializer.Deserialize<MessageDraft>(otherContent ? text.Replace("\"type\":\"t\"", "\"type\":\"other\"", StringComparison.Ordinal) : text, Wire.Json)!;
}
