using Gateway.Worker.Dashboard.Parts;
using Gateway.Worker.Dashboard.SignIn;
using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Hosting.StaticWebAssets;
using Microsoft.Extensions.FileProviders;
using MudBlazor;
using MudBlazor.Services;

namespace Gateway.Worker.Dashboard;

/// <summary>The pages for operators: drawn by the worker, over one WebSocket a visitor.</summary>
public static class DashboardSetup
{
    // Everything comes from the worker itself. The component library writes its theme as a style element, and widths as attributes.
    private const string ContentSecurity =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
        + "base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Adds what the pages need.</summary>
    /// <param name="services">The worker's services.</param>
    /// <param name="options">How the pages are offered.</param>
    /// <param name="provider">Where people sign in without a key; null where they do not.</param>
    public static IServiceCollection AddDashboard(
        this IServiceCollection services, DashboardOptions options, OpenIdOptions? provider)
    {
        services.AddSingleton(options);
        if (!options.IsOn)
        {
            return services;
        }

        services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            // Whoever comes back later gets the page anew, which takes a second. Until then the page holds memory.
            circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromSeconds(30);
            circuits.DisconnectedCircuitMaxRetained = 20;
        });
        services.AddMudServices(mud =>
        {
            mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomRight;
            mud.SnackbarConfiguration.ShowTransitionDuration = 100;
            mud.SnackbarConfiguration.HideTransitionDuration = 100;
            mud.SnackbarConfiguration.PreventDuplicates = false;
        });
        services.AddSignIn(provider);
        // Of the component library's files the build compresses none under the name with the fingerprint.
        services.AddResponseCompression(compression =>
            (compression.EnableForHttps, compression.MimeTypes) = (true, ["text/css", "text/javascript"]));
        services.AddScoped<Visitor>();
        services.AddScoped<VisitorConnection>();
        services.AddScoped<Microsoft.AspNetCore.Components.Server.Circuits.CircuitHandler>(
            provider => provider.GetRequiredService<VisitorConnection>());
        services.AddSingleton<FailureWords>();
        services.AddScoped<ActionRunner>();
        return services;
    }

    /// <summary>Lets the worker be offered under a path, whether the proxy before it takes that path away or leaves it.</summary>
    public static void UseDashboardPath(this WebApplication app)
    {
        var pathBase = app.Services.GetRequiredService<DashboardOptions>().PathBase;
        if (!pathBase.HasValue)
        {
            return;
        }

        app.Use((context, next) =>
        {
            if (context.Request.Path.StartsWithSegments(pathBase, out var rest))
            {
                context.Request.Path = rest.HasValue ? rest : "/";
            }

            context.Request.PathBase = pathBase;
            return next(context);
        });
    }

    /// <summary>Maps the pages and what they load.</summary>
    public static void MapDashboard(this WebApplication app)
    {
        app.FindAssets();
        // Their names change with what they hold, also where they are served from a build output.
        app.Configuration["EnableStaticAssetsDevelopmentCaching"] = "true";
        app.Use((context, next) =>
        {
            context.Response.OnStarting(KeepFromOtherSites, context.Response);
            return next(context);
        });
        app.UseMiddleware<OriginCheck>();
        app.Use(VisitorAddress.KeepAsync);
        app.UseResponseCompression();
        app.UseAntiforgery();
        app.MapStaticAssets(Path.Combine(AppContext.BaseDirectory, "Gateway.Worker.staticwebassets.endpoints.json")).AllowAnonymous();
        app.MapRazorComponents<DashboardPage>()
            .AddInteractiveServerRenderMode(live => live.ContentSecurityFrameAncestorsPolicy = null)
            .ForVisitors();
        app.MapSignIn();
    }

    // Beside the program, wherever it is started from; a folder of the same name where somebody types is not ours to serve.
    private static void FindAssets(this WebApplication app)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "wwwroot");
        app.Environment.WebRootPath = folder;
        app.Environment.WebRootFileProvider = Directory.Exists(folder) ? new PhysicalFileProvider(folder) : new NullFileProvider();
        // From a build output they are where the sources and the packages are.
        StaticWebAssetsLoader.UseStaticWebAssets(app.Environment, app.Configuration);
    }

    private static Task KeepFromOtherSites(object state)
    {
        var response = (HttpResponse)state;
        if (response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) == true
            && response.Headers.ContentSecurityPolicy.Count == 0)
        {
            response.Headers.ContentSecurityPolicy = ContentSecurity;
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers["Referrer-Policy"] = "same-origin";
        }

        return Task.CompletedTask;
    }
}
