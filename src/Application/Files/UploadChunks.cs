using RooCoord.Application.Messages;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Application.Files;

/// <summary>Makes the use case of a chunk that came as Base64 text.</summary>
public static class UploadChunks
{
    /// <summary>Throws <see cref="FaultCode.Invalid"/>.</summary>
    public static AppendChunk Of(Caller caller, string? uploadId, WholeNumber offset, string? base64)
    {
        Text.Require(uploadId, "uploadId", 1, 64);
        var bytes = new byte[((base64 ?? throw Fault.Invalid("`base64` is required")).Length / 4 * 3) + 3];
        if (!Convert.TryFromBase64String(base64, bytes, out var length)) throw Fault.Invalid("`base64` is not Base64");
        return new(caller, uploadId!, offset.Require("offset"), new MemoryStream(bytes, 0, length, writable: false), null, null, length);
    }
}
