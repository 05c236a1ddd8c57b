using System.Globalization;
using System.Text;
using RooCoord.Bench.Load;
using RooCoord.Bench.Machine;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Files;

/// <summary>RooCoord with everything on: bytes synced and hashed, every chunk committed.</summary>
internal sealed class RooCoordFiles(RooCoordServer server) : IFileServer
{
    public string Name => "roocoord";
    public int Port => server.Port;
    public int ProcessId => server.ProcessId;
    public TimeSpan CpuTime => server.CpuTime;
    public string UploadPath => "/api/v1/uploads";
    public string Headers { get; } = $"Authorization: Bearer {server.UserToken}\r\n";

    public static async Task<IFileServer> StartAsync(CancellationToken cancellation) =>
        new RooCoordFiles(await RooCoordServer.StartAsync(Variant.DurableSqlite, users: 1, cancellation));

    public string Publish(byte[] content)
    {
        using var upload = new TusUpload(this, content.Length);
        return upload.Put(content, content.Length).Header("Content-Location") + "/content";
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();
}

/// <summary>tus.io's Node.js server with its file store.</summary>
internal sealed class NodeTusServer(ServerProcess process, DataFolder folder) : IFileServer
{
    public string Name => "@tus/server";
    public int Port => process.Port;
    public int ProcessId => process.Id;
    public TimeSpan CpuTime => ProcFile.CpuTime(process.Id);
    public string UploadPath => "/files";
    public string Headers => "";

    public static async Task<IFileServer> StartAsync(CancellationToken cancellation)
    {
        var script = Path.Combine(DotNetHost.Repository, "bench", "tus-node", "server.mjs");
        if (!Directory.Exists(Path.Combine(Path.GetDirectoryName(script)!, "node_modules")))
            throw new RunFailedException("`npm ci` in bench/tus-node first: it brings @tus/server");
        var folder = new DataFolder();
        return new NodeTusServer(await ServerProcess.StartCommandAsync(port => ["node", script, $"{port}", folder.Path], script, cancellation), folder);
    }

    public string? Publish(byte[] content) => null;

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        await folder.DisposeAsync();
    }
}

/// <summary>nginx with one worker, sendfile on and no access log.</summary>
internal sealed class NginxServer(ServerProcess process, DataFolder folder) : IFileServer
{
    private int _files;

    public string Name => "nginx";
    public int Port => process.Port;
    public int ProcessId => process.Id;
    public TimeSpan CpuTime => ProcFile.CpuTimeWithChildren(process.Id);
    public string? UploadPath => null;
    public string Headers => "";

    public static async Task<IFileServer> StartAsync(CancellationToken cancellation)
    {
        var folder = new DataFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "files"));
        var configuration = Path.Combine(folder.Path, "nginx.conf");
        var process = await ServerProcess.StartCommandAsync(
            port =>
            {
                File.WriteAllText(configuration, Configuration(folder.Path, port));
                return ["nginx", "-p", folder.Path, "-c", configuration, "-e", Path.Combine(folder.Path, "error.log")];
            },
            configuration, cancellation);
        return new NginxServer(process, folder);
    }

    public string Publish(byte[] content)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{_files++}.bin");
        File.WriteAllBytes(Path.Combine(folder.Path, "files", name), content);
        return "/" + name;
    }

    // As the user it is started by: workers of root would drop to one who may not read the folder.
    private static string Configuration(string folder, int port) => new StringBuilder(
        $$"""
        daemon off;
        worker_processes 1;
        pid {{folder}}/nginx.pid;
        events { worker_connections 256; }
        http {
            access_log off;
            sendfile on;
            tcp_nopush on;
            keepalive_requests 1000000;
            default_type application/octet-stream;
            client_body_temp_path {{folder}}/body; proxy_temp_path {{folder}}/proxy; fastcgi_temp_path {{folder}}/fastcgi; uwsgi_temp_path {{folder}}/uwsgi; scgi_temp_path {{folder}}/scgi;
            server { listen 127.0.0.1:{{port}}; root {{folder}}/files; }
        }
        """).Insert(0, Environment.UserName == "root" ? "user root;\n" : "").ToString();

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        await folder.DisposeAsync();
    }
}
