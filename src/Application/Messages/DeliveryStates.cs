using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Application.Messages;

/// <summary>The words of the wire for <see cref="DeliveryState"/>.</summary>
public static class DeliveryStates
{
    /// <summary>The word.</summary>
    public static string Word(DeliveryState state) => state switch
    {
        DeliveryState.Stored => "stored",
        DeliveryState.Sent => "sent",
        DeliveryState.Acknowledged => "acknowledged",
        DeliveryState.Rejected => "rejected",
        DeliveryState.Expired => "expired",
        DeliveryState.Dead => "dead",
        _ => "withdrawn",
    };

    /// <summary>The state a word means; fault <c>invalid</c>.</summary>
    public static DeliveryState Parse(string word)
    {
        foreach (var state in Enum.GetValues<DeliveryState>())
            if (Word(state) == word) return state;
        throw Fault.Invalid("`state` must be stored, sent, acknowledged, rejected, expired, dead or withdrawn");
    }
}
