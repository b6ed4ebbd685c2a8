using Gateway.Worker.Configuration;

namespace Gateway.Worker.Jobs;

/// <summary>How long jobs can be looked up.</summary>
/// <param name="Succeeded">Those that succeeded (<c>JOB_RETENTION_SUCCEEDED</c>).</param>
/// <param name="Others">All others, and what is kept of webhooks (<c>JOB_RETENTION_FAILED</c>).</param>
/// <param name="History">How long operators' actions, ended bulk jobs and snapshots of wallets are kept
/// (<c>HISTORY_RETENTION</c>).</param>
public sealed record JobRetentionOptions(TimeSpan Succeeded, TimeSpan Others, TimeSpan History)
{
    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static JobRetentionOptions Read(Settings settings) => new(
        settings.Duration("JOB_RETENTION_SUCCEEDED", TimeSpan.FromDays(30), TimeSpan.FromDays(1), TimeSpan.FromDays(365)),
        settings.Duration("JOB_RETENTION_FAILED", TimeSpan.FromDays(90), TimeSpan.FromDays(1), TimeSpan.FromDays(365)),
        // Reports look at the snapshots of the last days.
        settings.Duration("HISTORY_RETENTION", TimeSpan.FromDays(365), TimeSpan.FromDays(30), TimeSpan.FromDays(365)));
}
