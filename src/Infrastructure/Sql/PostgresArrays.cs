using Npgsql;
using NpgsqlTypes;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Collects the parameters of many items into one array each.</summary>
internal sealed class PostgresArrays : ISqlParameters
{
    private readonly List<IColumn> _columns = [];
    private int _next;

    /// <summary>Binds all items and adds the arrays to the command.</summary>
    public static void AddTo<TItem>(NpgsqlParameterCollection parameters, Action<ISqlParameters, TItem> bind, IReadOnlyList<TItem> items)
    {
        var arrays = new PostgresArrays();
        foreach (var item in items)
        {
            arrays._next = 0;
            bind(arrays, item);
        }
        foreach (var column in arrays._columns) parameters.Add(column.ToParameter());
    }

    public void Add(long value) => Next<long>(NpgsqlDbType.Bigint).Values.Add(value);

    public void Add(long? value) => Next<long?>(NpgsqlDbType.Bigint).Values.Add(value);

    public void Add(string? value) => Next<string?>(NpgsqlDbType.Text).Values.Add(value);

    public void AddUtf8(ReadOnlyMemory<byte> value) => Next<ReadOnlyMemory<byte>>(NpgsqlDbType.Text).Values.Add(value);

    private Column<T> Next<T>(NpgsqlDbType type)
    {
        if (_next == _columns.Count) _columns.Add(new Column<T>(type));
        return (Column<T>)_columns[_next++];
    }

    private interface IColumn
    {
        NpgsqlParameter ToParameter();
    }

    private sealed class Column<T>(NpgsqlDbType type) : IColumn
    {
        public List<T> Values { get; } = [];

        public NpgsqlParameter ToParameter() => new NpgsqlParameter<List<T>> { TypedValue = Values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }
}
