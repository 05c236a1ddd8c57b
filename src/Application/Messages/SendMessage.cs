using System.Buffers;
using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Application.Messages;

/// <summary>Sends a message; ends once it is committed (durable) or handed to the connections (ephemeral).</summary>
public sealed record SendMessage(Caller Caller, MessageDraft? Draft) : IRequest<SendResult>;

internal sealed class SendMessageHandler(IMailbox mailbox, EphemeralRelay ephemeral, Limits limits, TimeProvider time)
    : IRequestHandler<SendMessage, SendResult>
{
    private static readonly SearchValues<char> IdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-");

    // Not async up to the append: sends of one connection are taken in the order they came.
    public Task<SendResult> Handle(SendMessage request, CancellationToken cancellationToken)
    {
        var (caller, draft) = request;
        if (draft is null) throw Fault.Invalid("the message must be an object");
        if (draft.Problem is { } problem) throw Fault.Invalid(problem);
        RequireId(draft.Id);
        var route = Routes.Of(draft.To);
        Text.Require(draft.Type, "type", 1, 128);
        if (draft.CorrelationId is not null) Text.Require(draft.CorrelationId, "correlationId", 0, 64);
        if (limits.BodyBytes > 0 && draft.Body.Length > limits.BodyBytes)
            throw new Fault(FaultCode.TooLarge, $"the body has {draft.Body.Length} bytes, the limit is {limits.BodyBytes}");

        var ttl = draft.TtlSeconds ?? (long)Ttl.Default.TotalSeconds;
        if (ttl < 1 || ttl > Ttl.MaxSeconds) throw Fault.Invalid($"`ttlSeconds` must be 1 to {Ttl.MaxSeconds}");

        var now = time.GetUtcNow();
        var message = new Message
        {
            Id = draft.Id!,
            UserKey = caller.UserKey,
            UserId = caller.UserId,
            FromDevice = caller.Device?.Id,
            SenderKey = caller.Device?.Key,
            Type = draft.Type!,
            Body = draft.Body.IsEmpty ? "null"u8.ToArray() : draft.Body,
            Priority = PriorityOf(draft.Priority),
            Receipts = ReceiptsOf(draft.Receipts, caller),
            SentAt = now,
            ExpiresAt = now.AddSeconds(ttl),
            CorrelationId = draft.CorrelationId,
        };
        if (IsEphemeral(draft.Durability))
        {
            if (message.Receipts != ReceiptMode.None) throw Fault.Invalid("`receipts` other than none do not go with ephemeral");
            if (route.Continues) throw Fault.Invalid("claim and fallback do not go with ephemeral");
            return ephemeral.SendAsync(message, route.Steps[0].Target, caller, cancellationToken);
        }
        message.Digest = MessageDigest.Of(message, route, ttl);
        return CommitAsync(message, route, caller);
    }

    private async Task<SendResult> CommitAsync(Message message, Route route, Caller caller)
    {
        var result = await mailbox.AppendAsync(message, route, caller.Device?.Key).ConfigureAwait(false);
        var deliveries = new Delivery[result.Deliveries.Count];
        for (var i = 0; i < deliveries.Length; i++)
        {
            var (device, seq) = result.Deliveries[i];
            deliveries[i] = seq is null
                ? new(device, null, "refused", ErrorCodes.MailboxFull)
                : new(device, seq, "stored", null);
        }
        return new(message.Id, result.Duplicate, deliveries, result.Route is { } steps ? Routes.ToWire(steps) : Routes.Named([.. deliveries.Select(d => d.Device)]));
    }

    private static void RequireId(string? id)
    {
        if (id is null) throw Fault.Invalid("`id` is required");
        if (id.Length is 0 or > 64 || id.AsSpan().ContainsAnyExcept(IdCharacters) || id is "." or "..")
            throw Fault.Invalid("`id` must be 1 to 64 of A-Z a-z 0-9 . _ ~ - and not . or ..");
    }

    private static Priority PriorityOf(string? word) => word switch
    {
        null or "normal" => Priority.Normal,
        "low" => Priority.Low,
        "high" => Priority.High,
        "critical" => Priority.Critical,
        _ => throw Fault.Invalid("`priority` must be low, normal, high or critical"),
    };

    private static ReceiptMode ReceiptsOf(string? word, Caller caller)
    {
        var mode = word switch
        {
            null or "none" => ReceiptMode.None,
            "final" => ReceiptMode.Final,
            "all" => ReceiptMode.All,
            _ => throw Fault.Invalid("`receipts` must be none, final or all"),
        };
        return mode != ReceiptMode.None && caller.Device is null
            ? throw Fault.Invalid("`receipts` go to the sending device: with a user token only none is allowed")
            : mode;
    }

    private static bool IsEphemeral(string? word) => word switch
    {
        null or "durable" => false,
        "ephemeral" => true,
        _ => throw Fault.Invalid("`durability` must be durable or ephemeral"),
    };
}
