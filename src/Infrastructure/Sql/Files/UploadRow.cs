using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

// Settable: of an empty result SQLite tells no types, which a constructor would have to match.
internal sealed class UploadRow
{
    public const string Select = """
        SELECT upload_key AS UploadKey, id AS Id, user_key AS UserKey, device_key AS DeviceKey, kind AS Kind, state AS State, length AS Length,
            received AS Received, metadata AS Metadata, parts AS Parts, blob_id AS BlobId, result_file_id AS ResultFileId,
            result_version AS ResultVersion, reason AS Reason, created_at AS CreatedAt, expires_at AS ExpiresAt, node AS Node
        FROM upload
        """;

    public long UploadKey { get; init; }
    public string Id { get; init; } = "";
    public long UserKey { get; init; }
    public long? DeviceKey { get; init; }
    public long Kind { get; init; }
    public long State { get; init; }
    public long? Length { get; init; }
    public long Received { get; init; }
    public string? Metadata { get; init; }
    public string? Parts { get; init; }
    public string BlobId { get; init; } = "";
    public string? ResultFileId { get; init; }
    public long? ResultVersion { get; init; }
    public string? Reason { get; init; }
    public long CreatedAt { get; init; }
    public long ExpiresAt { get; init; }
    public long Node { get; init; }

    public Upload ToUpload() => new()
    {
        Key = UploadKey,
        Id = Id,
        UserKey = UserKey,
        DeviceKey = DeviceKey,
        Node = Node,
        Kind = (UploadKind)Kind,
        State = (UploadState)State,
        Length = Length,
        Received = Received,
        Metadata = UploadMetadata.Parse(Metadata),
        Parts = Parts,
        BlobId = BlobId,
        Result = ResultFileId is null ? null : new(ResultFileId, ResultVersion ?? 0),
        Reason = Reason,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
        ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(ExpiresAt),
    };
}
