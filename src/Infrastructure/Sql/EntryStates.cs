using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>From the state of a row to that of a delivery.</summary>
internal static class EntryStates
{
    /// <summary>Open ones are <see cref="DeliveryState.Stored"/>.</summary>
    public static DeliveryState Of(EntryState state) => state switch
    {
        EntryState.Acknowledged => DeliveryState.Acknowledged,
        EntryState.Rejected => DeliveryState.Rejected,
        EntryState.Expired => DeliveryState.Expired,
        EntryState.Dead => DeliveryState.Dead,
        EntryState.Withdrawn => DeliveryState.Withdrawn,
        _ => DeliveryState.Stored,
    };
}
