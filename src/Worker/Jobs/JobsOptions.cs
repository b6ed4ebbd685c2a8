using Gateway.Worker.Bus;
using Gateway.Worker.Configuration;

namespace Gateway.Worker.Jobs;

/// <summary>The queues of the scheduled jobs.</summary>
public sealed record JobsOptions
{
    /// <summary>Payment expiry (<c>PERIODIC_TIMEOUT</c>, <c>PERIODIC_RETRY_DELAYS</c>).</summary>
    public required JobQueueOptions Periodic { get; init; }

    /// <summary>Wallet balances (<c>MONITORING_TIMEOUT</c>, <c>MONITORING_RETRY_DELAYS</c>).</summary>
    public required JobQueueOptions Monitoring { get; init; }

    /// <summary>Settlement reports (<c>REPORTS_TIMEOUT</c>, <c>REPORTS_RETRY_DELAYS</c>).</summary>
    public required JobQueueOptions Reports { get; init; }

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static JobsOptions Read(Settings settings) => new()
    {
        Periodic = JobQueueOptions.Read(settings, QueueNames.Periodic, TimeSpan.FromMinutes(5), "10s,40s,160s"),
        Monitoring = JobQueueOptions.Read(settings, QueueNames.Monitoring, TimeSpan.FromMinutes(2), "10s,40s,160s"),
        Reports = JobQueueOptions.Read(settings, QueueNames.Reports, TimeSpan.FromMinutes(10), "30s,2m,8m"),
    };
}
