using System.Security.Claims;
using RooCoord.Bench.BareHub;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.ClearProviders();
builder.Services.AddSignalR();

var app = builder.Build();
app.Use((context, next) =>
{
    if (context.Request.Query["user"].ToString() is { Length: > 0 } user)
        context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, user)], "query"));
    return next(context);
});
app.MapGet("/health/ready", () => Results.Ok());
app.MapHub<RelayHub>("/hub");
await app.RunAsync();
