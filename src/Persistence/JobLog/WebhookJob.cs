namespace Gateway.Persistence.JobLog;

/// <summary>How the delivery of a webhook is called among the jobs.</summary>
public static class WebhookJob
{
    /// <summary>The type in the job log and the metrics. Almost every row has it, so the index by type leaves it out.</summary>
    public const string Type = "webhook:delivery";
}
