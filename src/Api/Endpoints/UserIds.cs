namespace RooCoord.Api.Endpoints;

/// <summary>Users' ids in a path.</summary>
internal static class UserIds
{
    /// <summary>Routing decodes everything but the slash, which providers use in a sub that is a URL.</summary>
    public static string Of(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
