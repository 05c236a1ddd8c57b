using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.SignalR;
using RooCoord.Api.Auth;
using RooCoord.Api.Downloads;
using RooCoord.Api.Endpoints;
using RooCoord.Api.Errors;
using RooCoord.Api.Hubs;
using RooCoord.Api.Operations;
using RooCoord.Application;
using RooCoord.Application.Devices;
using RooCoord.Application.Files;
using RooCoord.Contracts;
using RooCoord.Infrastructure;
using RooCoord.Infrastructure.Backplane;

namespace RooCoord.Api;

/// <summary>The only wiring.</summary>
public static class RooCoordServer
{
    // Calls of one connection that may wait for their commit at the same time. They still begin in wire order.
    internal const int ParallelCalls = 128;
    private static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(30);

    /// <summary>Builds a server; <paramref name="customize"/> may replace services (a clock, say).</summary>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? customize = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        var options = ServerOptions.Read(builder.Configuration);
        if (builder.Configuration["urls"] is null && builder.Configuration["http_ports"] is null && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
            builder.WebHost.UseUrls(ServerOptions.DefaultUrl);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // A hundred uploads at once keep a quarter of their usual 100 MiB in memory.
            kestrel.Limits.MaxRequestBufferSize = 256 * 1024;
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(WholeInput.Around));
        });
        AddLogging(builder.Logging);
        AddServices(builder.Services, options);
        customize?.Invoke(builder.Services);

        var app = builder.Build();
        UsePipeline(app, options);
        return app;
    }

    private static void AddLogging(ILoggingBuilder logging)
    {
        // Standard output is for what commands print; request logs of the framework would show hub query strings, and with them tokens.
        logging.AddSimpleConsole(console => console.SingleLine = true);
        logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        logging.AddFilter("LuckyPennySoftware", LogLevel.Error);
        // Refused calls and tokens are answers, not events; what nobody foresaw is logged by FaultTranslation.
        logging.AddFilter("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.None);
        logging.AddFilter("RooCoord.Api.Auth.BearerHandler", LogLevel.Warning);
    }

    private static void AddServices(IServiceCollection services, ServerOptions options)
    {
        services.AddClock(options.Storage);
        services.AddSingleton(options.Limits);
        services.AddSingleton(options.Presence);
        services.AddSingleton(options.Drain);
        services.AddSingleton(options.Files);
        services.AddApplication(options.AutoMapperLicense);
        services.AddInfrastructure(options.Storage);
        services.AddBearerAuthentication(options.Auth);
        services.AddOrigins(options.CorsOrigins);
        services.AddSingleton<Metrics>();
        services.AddDownloads(options.PublicUrl);
        services.AddSingleton<IDeviceNotifier, HubDeviceNotifier>();
        services.AddSingleton<IFileNotifier, HubFileNotifier>();
        services.AddSingleton<HubLifetimeManager<DeviceHub>>(provider => ActivatorUtilities.CreateInstance<DeviceHubLifetimeManager>(
            provider, ActivatorUtilities.CreateInstance(provider, LifetimeManagerOf(services, typeof(DeviceHub)))));
        services.AddSignalR(hub =>
        {
            hub.MaximumReceiveMessageSize = options.Limits.FrameBytes == 0 ? null : options.Limits.FrameBytes;
            hub.MaximumParallelInvocationsPerClient = ParallelCalls;
            // A client silent for this long, without a ping even, is gone.
            hub.ClientTimeoutInterval = SilentAfter;
            hub.AddFilter<FaultFilter>();
            hub.AddFilter<CallCounter>();
            hub.AddFilter<RateFilter>();
        }).AddJsonProtocol(json => Wire.Configure(json.PayloadSerializerOptions).Converters.Add(new LenientStrings()));
        // The one line where another backplane would take its place.
        if (options.Storage.IsCluster) services.AddRedisBackplane();
        services.AddSingleton<FaultFilter>();
        services.AddSingleton<RateFilter>();
        services.AddSingleton(provider => new DirectMediator(provider, services));
        services.AddSingleton<CallCounter>();
        services.AddSingleton<IMemoryPoolFactory<byte>, TransportBlocks>();
        services.AddSingleton<StopSignals>();
        services.AddSingleton<IHostLifetime>(provider => provider.GetRequiredService<StopSignals>());
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.Drain.TotalSeconds));
        services.ConfigureHttpJsonOptions(json => Wire.Configure(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        // Nothing here is a cookie or a form: no protection keys on disk.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddOpenApi();
    }

    // What any hub gets: the last that was registered for all.
    private static Type LifetimeManagerOf(IServiceCollection services, Type hub) =>
        services.Last(d => d.ServiceType == typeof(HubLifetimeManager<>)).ImplementationType!.MakeGenericType(hub);

    private static void UsePipeline(WebApplication app, ServerOptions options)
    {
        app.UseTrustedProxies(options.Proxies);
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = FaultTranslation.HandleAsync, SuppressDiagnosticsCallback = _ => true });
        app.UseStatusCodePages(status => FaultTranslation.WriteStatusAsync(status.HttpContext));
        app.UseStatelessUpgrade();
        app.UseMethodOverride();
        app.UseTusAnswers();
        app.UseRouting();
        app.UseCors();
        // Preflights were answered above; any other OPTIONS needs no token either.
        app.UseWhen(context => HttpMethods.IsOptions(context.Request.Method), options => options.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }));
        app.UseDrainGate();
        app.UseAuthentication();
        app.UseCallRates();
        app.UseAuthorization();

        app.MapDeviceHub();
        app.MapDevices();
        app.MapSessions();
        app.MapMessages();
        app.MapUploads();
        app.MapContent();
        app.MapShares();
        app.MapFiles();
        app.MapAccount();
        app.MapAdmin();
        app.MapHealth();
        app.MapOpenApi();
        _ = app.Services.GetRequiredService<Metrics>();
        Metrics.Map(app, options.MetricsToken);
    }
}
