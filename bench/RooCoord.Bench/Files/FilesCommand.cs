using System.Globalization;
using System.Security.Cryptography;
using RooCoord.Bench.Machine;
using RooCoord.Bench.Relay;

namespace RooCoord.Bench.Files;

/// <summary><c>files</c>: uploads beside @tus/server, downloads beside nginx; the order changes from round to round.</summary>
internal static class FilesCommand
{
    private const int MebibytesAFile = 64;
    private const int Mebibyte = 1 << 20;

    private sealed record Row(string What, string Server, TransferResult Result);

    public static async Task RunAsync(FilesOptions options, CancellationToken cancellation)
    {
        await CpuPinning.PinAsync(Environment.ProcessId, CpuPinning.LoadCore.ToString(CultureInfo.InvariantCulture), cancellation);
        Console.WriteLine(MachineDescription.Line);
        Console.WriteLine($"uploads: chunks of {options.ChunkKibibytes} KiB, {options.Uploads} at once, files of {MebibytesAFile} MiB; downloads: {options.DownloadMebibytes} MiB, {options.Downloads} at once; {options.Seconds} s");
        var rows = new List<Row>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            if (!options.SkipUploads) await UploadsAsync(options, round, rows, cancellation);
            if (!options.SkipDownloads) await DownloadsAsync(options, round, rows, cancellation);
        }
        Summarize(rows, "upload", "@tus/server");
        Summarize(rows, "download", "nginx");
    }

    private static async Task UploadsAsync(FilesOptions options, int round, List<Row> rows, CancellationToken cancellation)
    {
        var chunk = RandomNumberGenerator.GetBytes(options.ChunkKibibytes * 1024);
        foreach (var start in Alternating<Func<CancellationToken, Task<IFileServer>>>(round, RooCoordFiles.StartAsync, NodeTusServer.StartAsync))
        {
            await using var server = await start(cancellation);
            var result = await TransferRun.RunAsync(server, options.Uploads, http => Upload(server, http, chunk), options.WarmUp, options.Duration, cancellation);
            Add(rows, round, new("upload", server.Name, result));
        }
    }

    private static Func<long> Upload(IFileServer server, HttpConnection http, byte[] chunk)
    {
        TusUpload? upload = null;
        var left = 0;
        return () =>
        {
            if (left == 0)
            {
                left = Math.Max(1, MebibytesAFile * Mebibyte / chunk.Length);
                upload = new(server, http, (long)left * chunk.Length);
            }
            upload!.PutChunk(chunk);
            left--;
            return chunk.Length;
        };
    }

    private static async Task DownloadsAsync(FilesOptions options, int round, List<Row> rows, CancellationToken cancellation)
    {
        foreach (var start in Alternating<Func<CancellationToken, Task<IFileServer>>>(round, RooCoordFiles.StartAsync, NginxServer.StartAsync))
        {
            await using var server = await start(cancellation);
            // Each connection has a file of its own, written just now: both serve from the page cache.
            var files = new Queue<string>(Enumerable.Range(0, options.Downloads).Select(_ => server.Publish(RandomNumberGenerator.GetBytes(options.DownloadMebibytes * Mebibyte))!));
            var result = await TransferRun.RunAsync(server, options.Downloads, http => Download(server, http, Next(files), options), options.WarmUp, options.Duration, cancellation);
            Add(rows, round, new("download", server.Name, result));
        }
    }

    private static string Next(Queue<string> files)
    {
        lock (files) return files.Dequeue();
    }

    private static Func<long> Download(IFileServer server, HttpConnection http, string path, FilesOptions options) => () =>
    {
        var answer = http.Ask($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\n{server.Headers}", [], 200);
        return answer.Length == (long)options.DownloadMebibytes * Mebibyte ? answer.Length : throw new RunFailedException($"{answer.Length} bytes: {answer.Head}");
    };

    private static IEnumerable<T> Alternating<T>(int round, T one, T other) => round % 2 == 1 ? [one, other] : [other, one];

    private static void Add(List<Row> rows, int round, Row row)
    {
        rows.Add(row);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  round {round}: {row.What} {row.Server}: {row.Result.MebibytesPerSecond:N0} MiB/s, {row.Result.CpuSecondsPerGibibyte:N2} CPU s/GiB, core {row.Result.ServerCore:P0}, others {row.Result.OthersOnServerCore:P0}, generator {row.Result.GeneratorCore:P0}"));
    }

    private static void Summarize(List<Row> rows, string what, string other)
    {
        var own = rows.Where(r => r.What == what && r.Server == "roocoord").Select(r => r.Result).ToArray();
        var theirs = rows.Where(r => r.What == what && r.Server == other).Select(r => r.Result).ToArray();
        if (own.Length == 0) return;
        Console.WriteLine($"\n### {what}s, medians (min–max)\n\n| server | MiB/s | CPU s/GiB | server core | others on it | generator core |\n| --- | --- | --- | --- | --- | --- |");
        foreach (var (name, results) in new[] { ("roocoord", own), (other, theirs) })
        {
            Console.WriteLine($"| {name} | {Text(results.Select(r => r.MebibytesPerSecond), "N0")} | {Text(results.Select(r => r.CpuSecondsPerGibibyte), "N2")} | {Text(results.Select(r => r.ServerCore), "P0")} | {Text(results.Select(r => r.OthersOnServerCore), "P0")} | {Text(results.Select(r => r.GeneratorCore), "P0")} |");
        }
        Console.WriteLine($"\nof {other}: {Text(own.Zip(theirs).Select(p => p.First.MebibytesPerSecond / p.Second.MebibytesPerSecond), "N2")} of its MiB/s, {Text(own.Zip(theirs).Select(p => p.First.CpuSecondsPerGibibyte / p.Second.CpuSecondsPerGibibyte), "N2")} of its CPU s/GiB");
    }

    private static string Text(IEnumerable<double> values, string format)
    {
        var spread = Spread.Of(values)!;
        return string.Create(CultureInfo.InvariantCulture, $"{spread.Median.ToString(format, CultureInfo.InvariantCulture)} ({spread.Min.ToString(format, CultureInfo.InvariantCulture)}–{spread.Max.ToString(format, CultureInfo.InvariantCulture)})");
    }
}
