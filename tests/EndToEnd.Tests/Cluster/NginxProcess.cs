using System.Globalization;
using System.Net;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.EndToEnd.Tests.Processes;

namespace RooCoord.EndToEnd.Tests.Cluster;

/// <summary>nginx with the configuration that operators get; only addresses and places of files are the test's.</summary>
internal sealed class NginxProcess : IAsyncDisposable
{
    private const string Variable = "ROOCOORD_TEST_NGINX";
    private static readonly string[] OperatorsNodes = ["10.0.0.1:5080", "10.0.0.2:5080", "10.0.0.3:5080"];
    private static readonly string[] OtherTemporaryFiles = ["proxy", "fastcgi", "uwsgi", "scgi"];

    private readonly string _folder = Directory.CreateTempSubdirectory("roocoord-nginx-").FullName;
    private readonly ChildProcess _process;

    private NginxProcess(IReadOnlyList<Uri> nodes)
    {
        Url = new($"http://127.0.0.1:{FreePort.Find()}");
        var configuration = Path.Combine(_folder, "nginx.conf");
        File.WriteAllText(configuration, Configuration(nodes));
        var program = Environment.GetEnvironmentVariable(Variable)
            ?? throw new InvalidOperationException($"{Variable} is not set: run the tests with `dotnet run build.cs test`.");
        _process = new(program, ["-p", _folder, "-c", configuration, "-e", ErrorLog, "-g", "daemon off;"]);
    }

    public Uri Url { get; }
    private string AccessLog => Path.Combine(_folder, "access.log");
    private string ErrorLog => Path.Combine(_folder, "error.log");

    public static async Task<NginxProcess> StartAsync(IReadOnlyList<Uri> nodes)
    {
        var nginx = new NginxProcess(nodes);
        try
        {
            using var http = new HttpClient { BaseAddress = nginx.Url };
            await Poll.UntilAsync(async () =>
            {
                Assert.That(nginx._process.HasExited, Is.False, () => $"nginx ended: {nginx._process.Transcript}");
                try
                {
                    using var answer = await http.GetAsync("/health/ready", Deadline.Token);
                    return answer.StatusCode == HttpStatusCode.OK;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            }, "nginx answers");
            return nginx;
        }
        catch
        {
            await nginx.DisposeAsync();
            throw;
        }
    }

    /// <summary>The requests that have ended. One is logged a moment after its answer.</summary>
    public IReadOnlyList<AccessLine> Requests() => [.. Lines(AccessLog).Select(AccessLine.Parse)];

    /// <summary>All that was logged, as text.</summary>
    public string Logged() => string.Join('\n', [.. Lines(AccessLog), .. Lines(ErrorLog), _process.Transcript]);

    private string Configuration(IReadOnlyList<Uri> nodes)
    {
        var text = File.ReadAllText(Path.Combine(NodeScript.Folder, "..", "..", "deploy", "nginx.conf"));
        void Replace(string what, string with)
        {
            Assert.That(text, Does.Contain(what), "the configuration is no longer what this test knows");
            text = text.Replace(what, with, StringComparison.Ordinal);
        }
        for (var i = 0; i < OperatorsNodes.Length; i++) Replace(OperatorsNodes[i], nodes[i].Authority);
        Replace("listen 80;", $"listen {Url.Authority};");
        Replace("listen [::]:80;", "");
        Replace("/var/log/nginx/", $"{_folder}/");
        Replace("/run/nginx.pid", $"{_folder}/nginx.pid");
        Replace("http {", $"http {{ client_body_temp_path {_folder}/body; {string.Concat(OtherTemporaryFiles.Select(t => $"{t}_temp_path {_folder}/{t}; "))}");
        return text;
    }

    // nginx writes on while this reads.
    private static string[] Lines(string file)
    {
        if (!File.Exists(file)) return [];
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async ValueTask DisposeAsync()
    {
        // Its workers see that the master is gone only when they next look.
        if (!_process.HasExited) await CommandResult.CleanUpAsync("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await _process.ExitAsync(patience.Token);
        }
        finally
        {
            await _process.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
