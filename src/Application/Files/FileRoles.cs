using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>Roles as on the wire.</summary>
internal static class FileRoles
{
    public static string Word(FileRole role) => role.ToString().ToLowerInvariant();

    public static FileRole Parse(string? word) => word switch
    {
        "viewer" => FileRole.Viewer,
        "editor" => FileRole.Editor,
        "owner" => FileRole.Owner,
        _ => throw Fault.Invalid("`role` must be viewer, editor or owner"),
    };
}
