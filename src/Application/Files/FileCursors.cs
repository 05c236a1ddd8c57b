using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>Where a list goes on, as the wire shows it. That of a search is bound to the user and the query it came from.</summary>
internal static class FileCursors
{
    private const char Separator = '\n';

    /// <summary>The cursor of a list that is numbered, or null.</summary>
    public static long? Number(string? cursor)
    {
        if (cursor is null) return null;
        return long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong();
    }

    /// <summary>The cursor behind a file.</summary>
    public static string Write(Caller caller, FileQuery query, FileEntry last)
    {
        var place = last.PlaceIn(query.Order);
        var text = string.Create(CultureInfo.InvariantCulture, $"{Mark(caller, query)}{Separator}{place.Number}{Separator}{place.Id}{Separator}{place.Text}");
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The place a cursor stands for.</summary>
    public static FilePlace? Read(Caller caller, FileQuery query, string? cursor)
    {
        if (cursor is null) return null;
        if (cursor.Length > 2048 || !Base64Url.IsValid(cursor)) throw Wrong();
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split(Separator, 4);
        if (parts.Length != 4 || parts[0] != Mark(caller, query) || parts[2].Length > 64 || Text.IsMalformed(parts[2]) || Text.IsMalformed(parts[3])) throw Wrong();
        return long.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? new(number, parts[3], parts[2]) : throw Wrong();
    }

    private static Fault Wrong() => Fault.Invalid("`cursor` must be one that this query gave");

    private static string Mark(Caller caller, FileQuery query)
    {
        var text = string.Join('\0', [
            caller.UserId, query.Words, query.Type, string.Join(',', query.Tags), Of(query.MinSize), Of(query.MaxSize),
            Of(query.After?.ToUnixTimeMilliseconds()), Of(query.Before?.ToUnixTimeMilliseconds()), query.Ownership.ToString(), query.OwnerId,
            query.Order.ToString(), query.Descending.ToString()]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));

        static string Of(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
    }
}
