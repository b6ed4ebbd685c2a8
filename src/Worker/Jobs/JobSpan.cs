using System.Diagnostics;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Telemetry;

namespace Gateway.Worker.Jobs;

/// <summary>
/// What the span of an attempt tells of it, beside what the bus says (attributes <c>messaging.*</c> of OpenTelemetry's semantic
/// conventions). The attempt's HTTP request is a span of its own below it.
/// </summary>
public static class JobSpan
{
    /// <summary>The source of the spans that are made by nobody else.</summary>
    public static ActivitySource Source { get; } = new(Tracing.SourceName);

    /// <summary>Whether there is a span that takes attributes: without a collector there is none.</summary>
    public static bool IsWanted => Activity.Current is { IsAllDataRequested: true };

    /// <summary>Names the job on the span of the message that is consumed now, if there is one.</summary>
    public static void Describe(JobScope job)
    {
        if (Activity.Current is not { IsAllDataRequested: true } span)
        {
            return;
        }

        span.SetTag("gateway.job.id", job.JobId.ToString());
        span.SetTag("gateway.job.type", job.JobType);
        span.SetTag("gateway.job.attempt", job.Attempt);
        if (job.MerchantId is not null)
        {
            span.SetTag("gateway.delivery.id", job.JobId.ToString());
            span.SetTag("gateway.merchant.id", job.MerchantId);
            span.SetTag("gateway.webhook.event", job.Event);
        }
    }

    /// <summary>Tells how the attempt ended: one that failed makes its span one that failed.</summary>
    /// <param name="state">The job's state after it.</param>
    /// <param name="reason">Why it failed or was skipped, in the words of the job log.</param>
    /// <param name="statusCode">What the merchant answered.</param>
    public static void End(JobState state, string? reason, int? statusCode = null)
    {
        if (Activity.Current is not { IsAllDataRequested: true } span)
        {
            return;
        }

        span.SetTag("gateway.job.outcome", state.ToString().ToLowerInvariant());
        span.SetTag("gateway.job.reason", reason);
        span.SetTag("http.response.status_code", statusCode);
        if (state is JobState.Retrying or JobState.Dead)
        {
            span.SetTag("error.type", reason);
            span.SetStatus(ActivityStatusCode.Error, reason);
        }
    }
}
