using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>A question for a page of jobs.</summary>
/// <param name="Filter">Which jobs.</param>
/// <param name="After">Where the page starts; null for the first.</param>
/// <param name="Count">The most jobs of the page.</param>
public sealed record JobQuery(JobFilter Filter, JobCursor? After, int Count)
{
    private const int DefaultCount = 50;
    private const int MostJobs = 500;

    /// <summary>Reads a question from text, as the parameters of an address are; null is what is not asked for.</summary>
    public static Result<JobQuery> Read(
        GatewayQueues queues,
        string? state,
        string? queue,
        string? type,
        string? merchantId,
        string? @event,
        string? reference,
        string? from,
        string? to,
        string? cursor,
        string? limit)
    {
        var text = new FilterText();
        var period = text.Period(from, to);
        var filter = new JobFilter
        {
            State = text.Name<JobState>("state", state),
            Queue = queue,
            JobType = type,
            MerchantId = DeliverWebhook.MerchantIdOf(merchantId),
            Event = @event,
            Reference = reference,
            From = period.From,
            To = period.To,
        };
        var query = new JobQuery(filter, text.Cursor<JobCursor>(cursor), text.Limit(limit, DefaultCount, MostJobs));
        return text.Complaint is { } complaint ? Refusal.NotAFilter(complaint)
            : Refusal.UnknownQueue(queues, queue) is { } unknown ? unknown
            : query;
    }
}
