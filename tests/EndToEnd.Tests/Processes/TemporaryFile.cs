using System.Security.Cryptography;

namespace RooCoord.EndToEnd.Tests.Processes;

/// <summary>A file of random bytes, gone with the test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private TemporaryFile(string path, string sha256) => (Path, Sha256) = (path, sha256);

    public string Path { get; }
    public string Sha256 { get; }

    public static async Task<TemporaryFile> MakeAsync(int bytes)
    {
        var content = RandomNumberGenerator.GetBytes(bytes);
        var path = System.IO.Path.GetTempFileName();
        await File.WriteAllBytesAsync(path, content, Deadline.Token);
        return new(path, Convert.ToHexString(SHA256.HashData(content)));
    }

    public void Dispose() => File.Delete(Path);
}
