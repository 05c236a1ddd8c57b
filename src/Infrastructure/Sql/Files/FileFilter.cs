using System.Globalization;
using Dapper;
using RooCoord.Application;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <summary>
/// A query as SQL: each filter as a condition on a row of <c>file f</c>, and, for a user's own files, as a way to find the keys of
/// those that fulfil it. What the list is sorted by is a range of the walk itself.
/// </summary>
internal sealed class FileFilter
{
    private const int MaxWords = 16;
    private readonly List<string> _conditions = [];
    private readonly List<string> _sources = [];
    private readonly List<string> _ranges = [];

    private readonly FileQuery _query;

    public FileFilter(Caller caller, FileQuery query, DateTimeOffset now)
    {
        _query = query;
        Parameters.AddDynamicParams(new { userKey = caller.UserKey, now = now.ToUnixTimeMilliseconds(), limit = query.Limit, ownerId = query.OwnerId });
        if (query.Words is { } words) AddWords(words);
        for (var i = 0; i < query.Tags.Count; i++) AddTag(i, query.Tags[i]);
        if (query.Type is { } type) AddType(type);
        AddRange(FileOrder.Size, "size", ">=", "minSize", query.MinSize);
        AddRange(FileOrder.Size, "size", "<=", "maxSize", query.MaxSize);
        AddRange(FileOrder.Created, "created_at", ">=", "after", query.After?.ToUnixTimeMilliseconds());
        AddRange(FileOrder.Created, "created_at", "<", "before", query.Before?.ToUnixTimeMilliseconds());
        // Nothing is changed before it is created.
        if (query is { Order: FileOrder.Updated, After: not null }) _ranges.Add("f.updated_at >= @after");
        AddRangeSource("size");
        AddRangeSource("created_at");
        if (query.Behind is { } place) AddPlace(place);
    }

    /// <summary>All values.</summary>
    public DynamicParameters Parameters { get; } = new();

    /// <summary>That nothing can match: words were asked for, and there is no letter or digit in them.</summary>
    public bool IsEmpty { get; private set; }

    /// <summary>Selections of <c>file_key</c>, one a filter.</summary>
    public IReadOnlyList<string> Sources => _sources;

    /// <summary>The column sorted by.</summary>
    public string SortColumn => _query.Order switch
    {
        FileOrder.Updated => "updated_at",
        FileOrder.Name => "name_order",
        FileOrder.Size => "size",
        _ => "created_at",
    };

    /// <summary>Which way it is sorted.</summary>
    public string Direction => _query.Descending ? "DESC" : "ASC";

    public string OrderBy => $"ORDER BY f.{SortColumn} {Direction}, f.id {Direction}";

    /// <summary>Conditions on what is sorted by, each with AND before it: where a walk begins and ends.</summary>
    public string Ranges => string.Concat(_ranges.Select(c => $" AND {c}"));

    /// <summary>All other conditions, each with AND before it.</summary>
    public string Conditions => string.Concat(_conditions.Select(c => $" AND {c}"));

    private void AddWords(string text)
    {
        var words = SearchWords.Split(text).Take(MaxWords).ToArray();
        IsEmpty = words.Length == 0;
        for (var i = 0; i < words.Length; i++)
        {
            Parameters.Add($"w{i}", words[i]);
            Parameters.Add($"w{i}end", FileTerms.EndOf(words[i]));
            // Words are letters, digits and marks: nothing in them is special to LIKE.
            Parameters.Add($"w{i}like", $"% {words[i]}%");
            _sources.Add($"SELECT file_key FROM file_term WHERE user_key = @userKey AND term >= @w{i} AND term < @w{i}end");
            _conditions.Add($"(' ' || f.words) LIKE @w{i}like");
        }
    }

    private void AddTag(int i, string tag)
    {
        Parameters.Add($"t{i}", FileTerms.OfTag(tag));
        Parameters.Add($"t{i}part", $",{tag},");
        _sources.Add($"SELECT file_key FROM file_term WHERE user_key = @userKey AND term = @t{i}");
        // REPLACE finds a part alike on both engines, and no character of it is special, as in LIKE.
        _conditions.Add($"REPLACE(',' || f.tags || ',', @t{i}part, '') <> ',' || f.tags || ','");
    }

    private void AddType(string type)
    {
        var prefix = type.EndsWith("/*", StringComparison.Ordinal) ? type[..^1] : null;
        Parameters.Add("type", prefix ?? type);
        if (prefix is not null) Parameters.Add("typeEnd", FileTerms.EndOf(prefix));
        _sources.Add($"SELECT file_key FROM file WHERE user_key = @userKey AND {Range("mime_type")}");
        // As an expression, so that the walk in order is not given up for an index on it.
        _conditions.Add(Range("f.mime_type || ''"));

        string Range(string column) => prefix is null ? $"{column} = @type" : $"{column} >= @type AND {column} < @typeEnd";
    }

    private void AddRange(FileOrder order, string column, string comparison, string name, long? value)
    {
        if (value is not { } number) return;
        Parameters.Add(name, number);
        if (_query.Order == order) _ranges.Add($"f.{column} {comparison} @{name}");
        else _conditions.Add($"f.{column} + 0 {comparison} @{name}");
    }

    private void AddRangeSource(string column)
    {
        string[] bounds = [.. _conditions.Where(c => c.StartsWith($"f.{column} + 0", StringComparison.Ordinal)).Select(c => c[2..].Replace(" + 0", "", StringComparison.Ordinal))];
        if (bounds.Length > 0) _sources.Add($"SELECT file_key FROM file WHERE user_key = @userKey AND {string.Join(" AND ", bounds)}");
    }

    private void AddPlace(FilePlace place)
    {
        if (_query.Order == FileOrder.Name) Parameters.Add("place", place.Text);
        else Parameters.Add("place", place.Number);
        Parameters.Add("placeId", place.Id);
        _ranges.Add(string.Create(CultureInfo.InvariantCulture, $"(f.{SortColumn}, f.id) {(_query.Descending ? '<' : '>')} (@place, @placeId)"));
    }
}
