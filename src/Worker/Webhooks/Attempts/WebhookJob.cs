namespace Gateway.Worker.Webhooks.Attempts;

/// <summary>How the delivery of a webhook is called among the jobs.</summary>
public static class WebhookJob
{
    /// <summary>The type in the job log and the metrics.</summary>
    public const string Type = "webhook:delivery";
}
