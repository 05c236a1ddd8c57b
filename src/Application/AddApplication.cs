using System.Reflection;
using AutoMapper;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RooCoord.Application.Accounts;
using RooCoord.Application.Admin;
using RooCoord.Application.Cluster;
using RooCoord.Application.Devices;
using RooCoord.Application.Files;
using RooCoord.Application.Messages;
using RooCoord.Application.Pipeline;
using RooCoord.Application.Rates;
using RooCoord.Application.Sessions;
using RooCoord.Application.Shares;

namespace RooCoord.Application;

/// <summary>Registers the use cases.</summary>
public static class ApplicationServices
{
    /// <summary>Registers everything here, and the handlers and validators of <paramref name="extensions"/>.</summary>
    public static IServiceCollection AddApplication(this IServiceCollection services, string? autoMapperLicense, params Assembly[] extensions)
    {
        // MediatR's lookups go through the scope of the request; a singleton mediator would resolve from the root.
        services.AddScoped<ServiceFactory>(provider => provider.GetRequiredService);
        services.AddScoped<IMediator, Mediator>();
        services.AddSingleton(typeof(IPipelineBehavior<,>), typeof(AuditAdmin<,>));
        services.AddSingleton(typeof(IPipelineBehavior<,>), typeof(ValidateRequest<,>));
        foreach (var assembly in extensions.Prepend(typeof(ApplicationServices).Assembly))
            services.AddHandlersOf(assembly);

        services.AddSingleton<IMapper>(provider => new MapperConfiguration(
            configuration =>
            {
                configuration.LicenseKey = autoMapperLicense;
                configuration.AddMaps(typeof(ApplicationServices).Assembly);
            },
            provider.GetRequiredService<ILoggerFactory>()).CreateMapper());
        services.AddSingleton<DeviceConnections>();
        services.AddSingleton<RooCoordMeter>();
        services.AddSingleton<CallRates>();
        services.AddSingleton<LocalMailboxSignal>();
        services.AddCluster();
        services.AddSingleton<FenceCheck>();
        services.AddSingleton<ConnectionEnding>();
        services.AddSingleton<EphemeralRelay>();
        services.AddSingleton<LedgerWire>();
        services.AddSingleton<DeviceAnnouncer>();
        services.AddHostedService(provider => provider.GetRequiredService<DeviceAnnouncer>());
        services.AddHostedService<ConnectionWatch>();
        services.AddSingleton<TelemetryCollector>();
        services.AddHostedService(provider => provider.GetRequiredService<TelemetryCollector>());
        services.AddHostedService<LastSeenKeeper>();
        services.AddSingleton<UploadHashes>();
        services.AddSingleton<UploadThreads>();
        services.AddSingleton<UploadProgressTracker>();
        services.AddSingleton<ReceivingServices>();
        services.AddSingleton<CompleteUpload>();
        services.AddSingleton<FileAnnouncer>();
        services.AddSingleton<NotedDownloads>();
        services.AddSingleton<PasswordGuesses>();
        services.AddSingleton<ShareDoor>();
        services.AddSingleton<PermissionAnnouncer>();
        services.AddSingleton<ExportedFiles>();
        services.AddSingleton<AccountErasures>();
        services.AddSingleton<AccountErasure>();
        services.AddHostedService(provider => provider.GetRequiredService<AccountErasure>());
        services.AddSingleton<IFileScanner, NoScanner>();
        services.AddSingleton<FileMeter>();
        services.AddHostedService<SilentUploads>();
        services.AddHostedService<UploadSweeper>();
        services.AddHostedService<BlobSweeper>();
        services.AddHostedService<BlobScrub>();
        services.AddSingleton<Drain>();
        services.AddHostedService(provider => provider.GetRequiredService<Drain>());
        return services;
    }

    private static void AddHandlersOf(this IServiceCollection services, Assembly assembly)
    {
        foreach (var type in assembly.GetTypes().Where(t => t is { IsAbstract: false, IsGenericTypeDefinition: false }))
        {
            foreach (var contract in type.GetInterfaces().Where(i => i.IsGenericType))
            {
                var definition = contract.GetGenericTypeDefinition();
                if (definition == typeof(IRequestHandler<,>) || definition == typeof(INotificationHandler<>)) services.AddTransient(contract, type);
                else if (definition == typeof(IValidator<>)) services.AddSingleton(contract, type);
            }
        }
    }
}
