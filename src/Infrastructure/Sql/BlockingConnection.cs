using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// A connection whose asynchronous calls block, as <see cref="DbCommand"/> has them unless a provider does better. The writer has a
/// thread of its own: continued on the thread pool, a batch would hold its locks while it queues behind the calls of all connections,
/// and then block one of the pool's few threads.
/// </summary>
internal sealed class BlockingConnection(DbConnection inner) : DbConnection
{
    [AllowNull]
    public override string ConnectionString
    {
        get => inner.ConnectionString;
        set => inner.ConnectionString = value;
    }

    public override string Database => inner.Database;
    public override string DataSource => inner.DataSource;
    public override string ServerVersion => inner.ServerVersion;
    public override ConnectionState State => inner.State;

    public override void Open() => inner.Open();

    public override void Close() => inner.Close();

    public override void ChangeDatabase(string databaseName) => inner.ChangeDatabase(databaseName);

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => inner.BeginTransaction(isolationLevel);

    protected override DbCommand CreateDbCommand() => new BlockingCommand(inner.CreateCommand(), this);

    private sealed class BlockingCommand(DbCommand command, BlockingConnection connection) : DbCommand
    {
        [AllowNull]
        public override string CommandText
        {
            get => command.CommandText;
            set => command.CommandText = value;
        }

        public override int CommandTimeout
        {
            get => command.CommandTimeout;
            set => command.CommandTimeout = value;
        }

        public override CommandType CommandType
        {
            get => command.CommandType;
            set => command.CommandType = value;
        }

        public override bool DesignTimeVisible
        {
            get => command.DesignTimeVisible;
            set => command.DesignTimeVisible = value;
        }

        public override UpdateRowSource UpdatedRowSource
        {
            get => command.UpdatedRowSource;
            set => command.UpdatedRowSource = value;
        }

        protected override DbConnection? DbConnection
        {
            get => connection;
            set => throw new NotSupportedException();
        }

        protected override DbTransaction? DbTransaction
        {
            get => command.Transaction;
            set => command.Transaction = value;
        }

        protected override DbParameterCollection DbParameterCollection => command.Parameters;

        public override void Cancel() => command.Cancel();

        public override int ExecuteNonQuery() => command.ExecuteNonQuery();

        public override object? ExecuteScalar() => command.ExecuteScalar();

        public override void Prepare() => command.Prepare();

        protected override DbParameter CreateDbParameter() => command.CreateParameter();

        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => command.ExecuteReader(behavior);

        protected override void Dispose(bool disposing)
        {
            if (disposing) command.Dispose();
            base.Dispose(disposing);
        }
    }
}
