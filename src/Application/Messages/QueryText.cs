using RooCoord.Domain;

namespace RooCoord.Application.Messages;

/// <summary>Strings of a query, each of which may be missing.</summary>
internal static class QueryText
{
    /// <summary>Faults with <c>invalid</c> when one is malformed.</summary>
    public static void Require(params ReadOnlySpan<(string? Value, string Field)> texts)
    {
        foreach (var (value, field) in texts)
            if (value is not null) Text.Require(value, field, 0, 256);
    }
}
