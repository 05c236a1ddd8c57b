using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Application.Messages;

internal static class WholeNumbers
{
    /// <summary>The number, or <c>invalid</c>.</summary>
    public static long Require(this WholeNumber number, string field) => number.Value ?? throw Fault.Invalid($"`{field}` must be a whole number of 64 bits");
}
