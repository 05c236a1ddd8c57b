namespace RooCoord.Application;

/// <summary>The one factory of ids: UUIDv7 (RFC 9562), so that they are stored in the order made.</summary>
public static class Ids
{
    /// <summary>32 lower-case hex digits.</summary>
    public static string New() => Guid.CreateVersion7().ToString("N");
}
