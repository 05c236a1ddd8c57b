using AutoMapper;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Moq;
using RooCoord.Application;
using RooCoord.Application.Devices;
using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;
using RooCoord.Infrastructure.Sql;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>A server without its sockets: all use cases, stores and background loops on a real database. Can die and leave everything as it is.</summary>
internal sealed class Node : IAsyncDisposable
{
    /// <summary>Few, so that mailboxes fill up.</summary>
    public const int MailboxEntries = 12;
    private const int BackgroundTimers = 3;

    // Providers that live for a moment are not worth compiling.
    static Node() => AppContext.SetSwitch("Microsoft.Extensions.DependencyInjection.DisableDynamicEngine", true);

    private readonly ServiceProvider _services;
    private readonly IHostedService[] _hosted;

    private Node(ServiceProvider services)
    {
        _services = services;
        // What moves mailboxes; not what tells of devices, or forgets what the model still asks for.
        _hosted = [.. services.GetServices<IHostedService>().Where(s => s is SqlStartup or ExpirySweeper or DurableTimers or ConnectionWatch)];
        Database = (FaultyDatabase)services.GetRequiredService<Database>();
    }

    public FaultyDatabase Database { get; }
    /// <summary>Whether a mailbox call of the background loops, or of anyone else, is under way.</summary>
    public bool IsCalling => WatchedPort<IMailbox>.UnderWay(Get<IMailbox>()) > 0;

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public static async Task<Node> StartAsync(Storage storage, ManualTimeProvider clock)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton<TimeProvider>(clock);
        services.AddSingleton(new Limits { MailboxEntries = MailboxEntries });
        services.AddSingleton(new PresenceOptions());
        services.AddSingleton(new DrainOptions());
        services.AddSingleton<IDeviceNotifier, NobodyListens>();
        services.AddSingleton(new Application.Files.FileOptions());
        services.AddSingleton(Mock.Of<Application.Files.IFileNotifier>());
        services.AddApplication(autoMapperLicense: null);
        services.AddInfrastructure(storage.Options);
        // Built anew for each node it would be most of the work, and only what is told to other devices is mapped.
        services.Replace(ServiceDescriptor.Singleton(Mock.Of<IMapper>()));
        services.Replace(ServiceDescriptor.Singleton<Database>(new FaultyDatabase(storage.Engine)));
        services.Replace(ServiceDescriptor.Singleton(provider => WatchedPort<IMailbox>.Over(ActivatorUtilities.CreateInstance<SqlMailbox>(provider))));
        var node = new Node(services.BuildServiceProvider());
        foreach (var service in node._hosted.OfType<IHostedLifecycleService>()) await service.StartingAsync(CancellationToken.None);
        foreach (var service in node._hosted) await service.StartAsync(CancellationToken.None);
        // Loops that have not begun to wait would miss the first tick.
        while (clock.Timers < BackgroundTimers) await Task.Yield();
        return node;
    }

    public async Task<T> SendAsync<T>(IRequest<T> request)
    {
        await using var scope = _services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request);
    }

    /// <summary>Waits until the writer has done what was queued before.</summary>
    public Task WriterIdleAsync()
    {
        var marker = new Marker();
        Get<GroupCommit>().Enqueue(marker);
        return marker.Task;
    }

    /// <summary>Ends it as a crash would: whatever is not committed by now never will be, and no connection is told.</summary>
    public async ValueTask DisposeAsync()
    {
        Database.TakeAway();
        foreach (var service in _hosted.Reverse()) await service.StopAsync(CancellationToken.None);
        foreach (var service in _hosted.OfType<IHostedLifecycleService>()) await service.StoppedAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }

    // Neither mailbox work nor statements: its commit is an empty one.
    private sealed class Marker : Work<bool>;

    private sealed class NobodyListens : IDeviceNotifier
    {
        public void DeviceChanged(long userKey, Contracts.Device device) { }
    }
}
