using Dapper;
using RooCoord.Infrastructure.Sql;

namespace RooCoord.Infrastructure.Keys;

/// <summary>Keys in the table <c>signing_key</c>, shared by all nodes on one database.</summary>
internal sealed class SqlSigningKeys(Database database, Migrator migrator, TimeProvider time) : ISigningKeys
{
    private IReadOnlyList<SigningKey>? _keys;

    public async ValueTask<IReadOnlyList<SigningKey>> AllAsync(CancellationToken cancellationToken)
    {
        if (_keys is { } known) return known;
        await migrator.MigrateAsync(cancellationToken).ConfigureAwait(false);
        await database.MigrateAsync(async connection =>
        {
            // Under the migration lock: of several nodes that start at once, one makes the key.
            if (await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM signing_key").ConfigureAwait(false) == 0)
            {
                await connection.ExecuteAsync(
                    "INSERT INTO signing_key (kid, private_key, created_at) VALUES (@Id, @PrivateKey, @CreatedAt)", NewSigningKey.Create(time)).ConfigureAwait(false);
            }
            var keys = await connection.QueryAsync<SigningKey>(
                "SELECT kid AS Id, private_key AS PrivateKey, created_at AS CreatedAt FROM signing_key ORDER BY created_at DESC").ConfigureAwait(false);
            _keys = keys.AsList();
        }, cancellationToken).ConfigureAwait(false);
        return _keys!;
    }
}
