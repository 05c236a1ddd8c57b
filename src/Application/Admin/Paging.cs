namespace RooCoord.Application.Admin;

/// <summary>How many items a page has.</summary>
internal static class Paging
{
    public const int Usual = 50;
    public const string LimitRule = "`limit` must be 1 to 200";

    public static bool IsLimit(int? limit) => limit is null or (>= 1 and <= 200);
}
