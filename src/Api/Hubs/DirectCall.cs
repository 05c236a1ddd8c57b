using System.Text.Json;
using RooCoord.Contracts;

namespace RooCoord.Api.Hubs;

/// <summary>An invocation of <c>Send</c> or <c>Acknowledge</c>, read in one pass from its frame.</summary>
/// <param name="InvocationId">Null: no answer is wanted.</param>
/// <param name="Draft">What to send; null: an acknowledgement.</param>
/// <param name="Seq">What is acknowledged.</param>
internal readonly record struct DirectCall(string? InvocationId, MessageDraft? Draft, WholeNumber Seq)
{
    /// <summary>The method's name.</summary>
    public string Method => Draft is null ? nameof(IDeviceHub.Acknowledge) : nameof(IDeviceHub.Send);

    /// <summary>False for everything out of the ordinary, malformed or not: that is SignalR's to read and to answer.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out DirectCall call)
    {
        try { return TryReadFrame(frame, out call); }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            call = default;
            return false;
        }
    }

    private static bool TryReadFrame(ReadOnlySpan<byte> frame, out DirectCall call)
    {
        call = default;
        var reader = new Utf8JsonReader(frame);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
        string? id = null;
        bool? sends = null;
        var (isInvocation, hasArguments) = (false, false);
        Utf8JsonReader arguments = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var type) || type != 1) return false;
                isInvocation = true;
            }
            else if (reader.ValueTextEquals("target"u8))
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.String || sends is not null) return false;
                if (reader.ValueTextEquals("Send"u8)) sends = true;
                else if (reader.ValueTextEquals("Acknowledge"u8)) sends = false;
                else return false;
            }
            else if (reader.ValueTextEquals("invocationId"u8))
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.String) return false;
                id = reader.GetString();
            }
            else if (reader.ValueTextEquals("arguments"u8) && !hasArguments)
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray) return false;
                arguments = reader;
                hasArguments = true;
                reader.Skip();
            }
            // Headers and streams are SignalR's.
            else return false;
        }
        return isInvocation && hasArguments && sends is { } isSend && reader.BytesConsumed == frame.Length && TryReadArguments(ref arguments, frame, isSend, id, out call);
    }

    private static bool TryReadArguments(ref Utf8JsonReader reader, ReadOnlySpan<byte> frame, bool isSend, string? id, out DirectCall call)
    {
        call = default;
        reader.Read();
        if (isSend)
        {
            if (reader.TokenType != JsonTokenType.StartObject) return false;
            call = new(id, MessageDraftConverter.Read(ref reader, frame), default);
        }
        else
        {
            if (reader.TokenType != JsonTokenType.Number) return false;
            call = new(id, null, new(reader.TryGetInt64(out var seq) ? seq : null));
        }
        return reader.Read() && reader.TokenType == JsonTokenType.EndArray;
    }
}
