using AutoMapper;
using Dapper;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Moq;
using RooCoord.Application;
using RooCoord.Application.Devices;
using RooCoord.Application.Files;
using RooCoord.Application.Sessions;
using RooCoord.Domain.Files;
using RooCoord.Infrastructure.Blobs;
using RooCoord.Infrastructure.Sql;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests.Property.Files;

/// <summary>A node without sockets on a real database and a real folder, and what its clients know.</summary>
internal sealed class FileWorld(TestDatabase database, ManualTimeProvider clock, Caller caller) : IAsyncDisposable
{
    private ServiceProvider _services = null!;

    public List<ModelUpload> Uploads { get; } = [];
    /// <summary>Files by id, and what is in them.</summary>
    public Dictionary<string, byte[]> Files { get; } = [];
    public Caller Caller { get; set; } = caller;
    public ManualTimeProvider Clock => clock;
    public FaultyBlobs Blobs { get; private set; } = null!;
    public string Growing => Path.Combine(database.Folder, "blobs", "uploads");

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public static async Task<FileWorld> StartAsync(TestDatabase database, ManualTimeProvider clock)
    {
        var world = new FileWorld(database, clock, new(Ids.New(), 0, null, IsAdmin: false));
        await world.BeginAsync();
        return world;
    }

    public async Task BeginAsync()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton<TimeProvider>(clock);
        services.AddSingleton(new Limits { UserBytes = 20_000 });
        services.AddSingleton(new PresenceOptions());
        services.AddSingleton(new DrainOptions());
        services.AddSingleton(new Application.Files.FileOptions());
        services.AddSingleton(Mock.Of<IDeviceNotifier>());
        services.AddSingleton(Mock.Of<IFileNotifier>());
        services.AddApplication(autoMapperLicense: null);
        services.AddInfrastructure(new StorageOptions { Data = database.Folder, Database = database.Setting });
        services.Replace(ServiceDescriptor.Singleton(Mock.Of<IMapper>()));
        Blobs = new(new DiskBlobStore(Path.Combine(database.Folder, "blobs"), cached: 0));
        services.Replace(ServiceDescriptor.Singleton<IBlobStore>(Blobs));
        _services = services.BuildServiceProvider();
        await Get<Migrator>().MigrateAsync(CancellationToken.None);
        await Get<GroupCommit>().StartAsync(CancellationToken.None);
    }

    /// <summary>The process is gone, with what it held in memory.</summary>
    public async Task EndAsync()
    {
        await Get<GroupCommit>().StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }

    public async Task<T> SendAsync<T>(IRequest<T> request)
    {
        await using var scope = _services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request);
    }

    public T Sweeper<T>() where T : IHostedService => _services.GetServices<IHostedService>().OfType<T>().Single();

    /// <summary>Holds tables and disk against what clients were told.</summary>
    public async Task CheckAsync()
    {
        foreach (var known in Uploads.ToArray())
        {
            var upload = await Get<IUploadStore>().FindAsync(Caller.UserKey, known.Id, CancellationToken.None);
            if (upload is null)
            {
                Assert.That(known.ExpiresAt, Is.LessThanOrEqualTo(clock.GetUtcNow()), $"upload {known.Id} is gone before its time");
                Uploads.Remove(known);
                continue;
            }
            known.ExpiresAt = upload.ExpiresAt;
            Assert.That(upload.Received, Is.GreaterThanOrEqualTo(known.Acknowledged), "what was acknowledged is still there");
            (known.Acknowledged, known.IsComplete) = (upload.Received, upload.State == UploadState.Completed);
            if (upload.Kind != UploadKind.Final && upload.Received > 0)
                Assert.That(Read(upload.BlobId, upload.Received), Is.EqualTo(known.Content[..(int)upload.Received]), "its bytes are those that were sent");
            if (upload.Result is { } result) Files.TryAdd(result.FileId, known.Content);
        }
        await using var connection = await Get<Database>().OpenAsync(CancellationToken.None);
        foreach (var (id, content) in Files)
        {
            var parts = await connection.QueryAsync<Part>(
                "SELECT p.blob_id AS BlobId, p.size AS Size FROM file f JOIN file_part p ON p.file_key = f.file_key AND p.version = f.version WHERE f.id = @id ORDER BY p.position", new { id });
            Assert.That(parts.SelectMany(p => Read(p.BlobId, p.Size)), Is.EqualTo(content), "a file has the bytes that were sent");
        }
        string[] onDisk = [.. Blobs.WrittenBefore(DateTimeOffset.MaxValue)];
        Assert.That(await Get<IBlobRecords>().UnknownAsync(onDisk, CancellationToken.None), Is.Empty, "each blob is named, or noted for deletion");
    }

    private byte[] Read(string blobId, long size)
    {
        using var blob = Blobs.OpenRead(blobId);
        var bytes = new byte[size];
        Assert.That(blob.Length, Is.GreaterThanOrEqualTo(size));
        Assert.That(blob.Read(bytes, 0), Is.EqualTo(bytes.Length));
        return bytes;
    }

    public async ValueTask DisposeAsync() => await EndAsync();

    private sealed class Part
    {
        public string BlobId { get; init; } = "";
        public long Size { get; init; }
    }
}

/// <summary>An upload as its client knows it.</summary>
internal sealed class ModelUpload(string id, byte[] content, UploadKind kind)
{
    public string Id => id;
    public byte[] Content => content;
    public UploadKind Kind => kind;
    public long Acknowledged { get; set; }
    public bool IsComplete { get; set; }
    public DateTimeOffset ExpiresAt { get; set; } = DateTimeOffset.MaxValue;
}
