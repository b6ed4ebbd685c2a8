using Gateway.Worker.Bus;
using Gateway.Worker.Calendar;
using Gateway.Worker.Configuration;
using Gateway.Worker.Dashboard;
using Gateway.Worker.Gate;
using Gateway.Worker.Jobs;
using Gateway.Worker.Mail;
using Gateway.Worker.Ops;
using Gateway.Worker.Scheduling;
using Gateway.Worker.Servers;
using Gateway.Worker.Settlement;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Wallets;
using Gateway.Worker.Webhooks;

namespace Gateway.Worker.Hosting;

/// <summary>The whole configuration, read and checked once at start.</summary>
public sealed record GatewayOptions
{
    /// <summary>On servers or alone (<c>GATEWAY_MODE</c>; unset: full when a server is named, else embedded).</summary>
    public required GatewayMode Mode { get; init; }

    /// <summary>How the queues share this process.</summary>
    public required GateOptions Gate { get; init; }

    /// <summary>How long a stop waits for attempts in flight (<c>WORKER_STOP_TIMEOUT</c>).</summary>
    public required TimeSpan StopTimeout { get; init; }

    /// <summary>The broker.</summary>
    public required RabbitMqOptions RabbitMq { get; init; }

    /// <summary>The database.</summary>
    public required DatabaseOptions Database { get; init; }

    /// <summary>The saga store.</summary>
    public required RedisOptions Redis { get; init; }

    /// <summary>Webhook delivery.</summary>
    public required WebhookOptions Webhooks { get; init; }

    /// <summary>The scheduled jobs, and how each is run.</summary>
    public required IReadOnlyList<JobQueueOptions> Jobs { get; init; }

    /// <summary>Every queue that the worker consumes.</summary>
    public GatewayQueues Queues => GatewayJobs.QueuesOf([.. Jobs.Select(queue => queue.Job)], Webhooks.Partitions);

    /// <summary>How long jobs can be looked up.</summary>
    public required JobRetentionOptions JobRetention { get; init; }

    /// <summary>The time where the business is.</summary>
    public required BusinessTime BusinessTime { get; init; }

    /// <summary>How settlement reports are kept right.</summary>
    public required SettlementOptions Settlement { get; init; }

    /// <summary>When jobs are asked for.</summary>
    public required ScheduleOptions Schedules { get; init; }

    /// <summary>The hot wallets that are watched.</summary>
    public required WalletOptions Wallets { get; init; }

    /// <summary>Mails to the operators.</summary>
    public required MailOptions Mail { get; init; }

    /// <summary>The HTTP API.</summary>
    public required OpsOptions Ops { get; init; }

    /// <summary>The pages for operators.</summary>
    public required DashboardOptions Dashboard { get; init; }

    /// <summary>Traces, metrics and logs.</summary>
    public required TelemetryOptions Telemetry { get; init; }

    /// <summary>The metrics.</summary>
    public required MetricsOptions Metrics { get; init; }

    /// <summary>What the bus is told.</summary>
    public BusOptions Bus => new()
    {
        Mode = Mode,
        RabbitMq = RabbitMq,
        BusinessTime = BusinessTime,
        Slots = Gate.Slots,
        StopTimeout = StopTimeout,
    };

    /// <summary>Reads everything.</summary>
    /// <param name="configuration">The environment.</param>
    /// <param name="jobs">The scheduled jobs; null for <see cref="GatewayJobs.All"/>.</param>
    /// <exception cref="InvalidSettingsException">Some variables are wrong; the message names each.</exception>
    public static GatewayOptions Read(IConfiguration configuration, IReadOnlyList<JobDefinition>? jobs = null)
    {
        jobs ??= GatewayJobs.All;
        var settings = new Settings(configuration);
        var serverIsNamed = settings.IsSet("RABBITMQ_HOST") || settings.IsSet("REDIS_HOST") || settings.IsSet("DB_HOST");
        var mode = settings.Choice("GATEWAY_MODE", serverIsNamed ? "full" : "embedded", "embedded", "full") == "full"
            ? GatewayMode.Full
            : GatewayMode.Embedded;

        var businessTime = BusinessTime.Read(settings);
        var options = new GatewayOptions
        {
            Mode = mode,
            Gate = GateOptions.Read(settings, GatewayJobs.FlowsOf(jobs)),
            StopTimeout = settings.Duration(
                "WORKER_STOP_TIMEOUT", TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(30)),
            RabbitMq = RabbitMqOptions.Read(settings),
            Database = DatabaseOptions.Read(settings),
            Redis = RedisOptions.Read(settings),
            Webhooks = WebhookOptions.Read(settings, mode),
            Jobs = [.. jobs.Select(job => JobQueueOptions.Read(settings, job))],
            JobRetention = JobRetentionOptions.Read(settings),
            BusinessTime = businessTime,
            Settlement = SettlementOptions.Read(settings),
            Schedules = ScheduleOptions.Read(settings, businessTime, jobs),
            Wallets = WalletOptions.Read(settings),
            Mail = MailOptions.Read(settings),
            Ops = OpsOptions.Read(settings, mode),
            Dashboard = DashboardOptions.Read(settings),
            Telemetry = TelemetryOptions.Read(settings),
            Metrics = MetricsOptions.Read(settings),
        };
        settings.ThrowIfInvalid();
        return options;
    }
}
