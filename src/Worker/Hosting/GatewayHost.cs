using Gateway.Worker.Bulk;
using Gateway.Worker.Bus;
using Gateway.Worker.Dashboard;
using Gateway.Worker.DeadLetters;
using Gateway.Worker.Gate;
using Gateway.Worker.Jobs;
using Gateway.Worker.Mail;
using Gateway.Worker.Ops;
using Gateway.Worker.Outbox;
using Gateway.Worker.Payments;
using Gateway.Worker.Scheduling;
using Gateway.Worker.Servers;
using Gateway.Worker.Settlement;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Wallets;
using Gateway.Worker.Webhooks;
using Gateway.Worker.Workers;
using Microsoft.Extensions.Configuration.Memory;

namespace Gateway.Worker.Hosting;

/// <summary>Puts the worker together: a paragraph for each concern, a line for each feature.</summary>
public static class GatewayHost
{
    // The frameworks' chatter drowns the jobs. Logging__LogLevel__… in the environment brings it back.
    internal static readonly MemoryConfigurationSource QuietFrameworks = new()
    {
        InitialData = new Dictionary<string, string?>
        {
            ["Logging:LogLevel:Default"] = "Information",
            ["Logging:LogLevel:Microsoft"] = "Warning",
            // It would repeat at every probe what the probe answers.
            ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "Critical",
            // What they cannot do they throw, and whoever catches it says so, once; these would say it at every try.
            ["Logging:LogLevel:Microsoft.EntityFrameworkCore"] = "Critical",
            ["Logging:LogLevel:Quartz.Impl.AdoJobStore"] = "Error",
            // The library tells of a broker that is away for each queue and each try, with a stack trace; BrokerWatch tells of it once.
            ["Logging:LogLevel:MassTransit"] = "Critical",
            ["Logging:LogLevel:MassTransit.Messages"] = "Warning",
            // Whoever asks an RPC server says what came of it, with or without a second try.
            ["Logging:LogLevel:Polly"] = "Error",
            ["Logging:LogLevel:Npgsql"] = "Warning",
            ["Logging:LogLevel:Quartz"] = "Warning",
        },
    };

    /// <summary>
    /// Reads the configuration, once. The library would otherwise watch the folder in which the worker was started, with all that is below
    /// it, for a settings file that changes.
    /// </summary>
    public static WebApplicationBuilder CreateBuilder() => WebApplication.CreateBuilder(["--hostBuilder:reloadConfigOnChange=false"]);

    /// <summary>Builds the worker.</summary>
    /// <param name="builder">Brings configuration and logging.</param>
    /// <param name="options">The configuration, read and checked.</param>
    public static WebApplication Build(WebApplicationBuilder builder, GatewayOptions options)
    {
        builder.Configuration.Sources.Insert(0, QuietFrameworks);
        builder.Host.UseDefaultServiceProvider(provider => (provider.ValidateOnBuild, provider.ValidateScopes) = (true, true));
        builder.WebHost.UseUrls(options.Ops.Url.ToString());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.StopTimeout + TimeSpan.FromSeconds(5));
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options.Metrics);
        builder.Services.AddSingleton(options.Queues);
        builder.AddTelemetry(options.Telemetry, options.Metrics);

        builder.Services.AddDatabase(options.Mode, options.Database);
        builder.Services.AddServers(options.Mode, options.Database, options.Redis);
        builder.Services.AddWorkerSigns(options.Gate.Slots, provider => provider.GetRequiredService<WeightedGate>().InFlight);
        builder.Services.AddGate(options.Gate, options.Mode);
        builder.Services.AddWebhookPartitions(options.Mode);
        builder.Services.AddGatewayBus(
            options.Bus,
            [
                WebhooksSetup.OnBus(options.Webhooks, options.Gate),
                .. options.Jobs.Select(job => job.Job.OnBus(job, options.Gate)),
                DeadLettersSetup.OnBus(),
            ]);
        builder.Services.AddJobs(options.JobRetention);
        builder.Services.AddOutbox(options.Mode, options.Metrics);
        builder.Services.AddScheduling(options.Schedules, options.Mode);

        builder.Services.AddMail(options.Mail);
        builder.Services.AddWebhooks(
            options.Webhooks, options.Mode, options.Redis, isTraced: options.Telemetry.Collector is not null);
        builder.Services.AddPayments();
        builder.Services.AddWallets(options.Wallets);
        builder.Services.AddSettlement(options.Settlement, options.BusinessTime);
        builder.Services.AddDeadLetters(options.Mode);
        builder.Services.AddBulk();

        builder.Services.AddOps(options.Ops, takesVisits: options.Dashboard.IsOn);
        builder.Services.AddDashboard(options.Dashboard, options.Ops.OpenId);

        var app = builder.Build();
        app.StartMetrics();
        app.UseDashboardPath();
        app.MapOps();
        if (options.Dashboard.IsOn)
        {
            app.MapDashboard();
        }
        else
        {
            app.MapHomePage();
        }

        return app;
    }
}
