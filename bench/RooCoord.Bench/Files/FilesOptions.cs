using RooCoord.Bench.Relay;

namespace RooCoord.Bench.Files;

/// <summary>What <c>files</c> measures.</summary>
internal sealed class FilesOptions
{
    public const string Usage = """
        files [--rounds 5] [--seconds 8] [--uploads 4] [--chunk-kib 1024] [--downloads 8] [--download-mib 20] [--skip-uploads] [--skip-downloads] [--quick]
        uploads need `npm ci` in bench/tus-node, downloads nginx
        """;

    public int Rounds { get; private set; } = 5;
    public int Seconds { get; private set; } = 8;
    /// <summary>Uploads at once.</summary>
    public int Uploads { get; private set; } = 4;
    /// <summary>KiB a chunk.</summary>
    public int ChunkKibibytes { get; private set; } = 1024;
    /// <summary>Downloads at once.</summary>
    public int Downloads { get; private set; } = 8;
    /// <summary>MiB a file.</summary>
    public int DownloadMebibytes { get; private set; } = 20;
    public bool SkipUploads { get; private set; }
    public bool SkipDownloads { get; private set; }

    public TimeSpan Duration => TimeSpan.FromSeconds(Seconds);
    public TimeSpan WarmUp => TimeSpan.FromSeconds(Math.Min(4, Seconds));

    /// <summary>Reads the arguments after <c>files</c>.</summary>
    public static FilesOptions Parse(ReadOnlySpan<string> args)
    {
        var options = args.Contains("--quick") ? new FilesOptions { Rounds = 1, Seconds = 3 } : new FilesOptions();
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i];
            switch (name)
            {
                case "--quick": break;
                case "--rounds": options.Rounds = RelayOptions.Number(args, ref i, 1, 100); break;
                case "--seconds": options.Seconds = RelayOptions.Number(args, ref i, 1, 3600); break;
                case "--uploads": options.Uploads = RelayOptions.Number(args, ref i, 1, 256); break;
                case "--chunk-kib": options.ChunkKibibytes = RelayOptions.Number(args, ref i, 1, 65_536); break;
                case "--downloads": options.Downloads = RelayOptions.Number(args, ref i, 1, 256); break;
                case "--download-mib": options.DownloadMebibytes = RelayOptions.Number(args, ref i, 1, 1024); break;
                case "--skip-uploads": options.SkipUploads = true; break;
                case "--skip-downloads": options.SkipDownloads = true; break;
                default: throw new FormatException($"unknown option {name}");
            }
        }
        return options;
    }
}
