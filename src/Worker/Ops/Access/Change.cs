using System.Text.RegularExpressions;
using Gateway.Worker.Jobs;

namespace Gateway.Worker.Ops.Access;

/// <summary>
/// What operators can change. The trail names a change by its route of the API, whichever way it is asked for, so that one filter finds
/// them all.
/// </summary>
/// <param name="Method">The method of the route.</param>
/// <param name="Route">The route.</param>
public sealed partial record Change(string Method, string Route)
{
    /// <summary>Drops a dead letter.</summary>
    public static Change DropDeadLetter { get; } = new("DELETE", "/api/dead-letters/{id}");

    /// <summary>Drops all dead letters that match.</summary>
    public static Change DropDeadLetters { get; } = new("POST", "/api/dead-letters/drop");

    /// <summary>Puts a dead letter back.</summary>
    public static Change RequeueDeadLetter { get; } = new("POST", "/api/dead-letters/{id}/requeue");

    /// <summary>Puts back all dead letters that match.</summary>
    public static Change RequeueDeadLetters { get; } = new("POST", "/api/dead-letters/requeue");

    /// <summary>Pauses a queue.</summary>
    public static Change PauseQueue { get; } = new("POST", "/api/queues/{queue}/pause");

    /// <summary>Ends the pause of a queue.</summary>
    public static Change ResumeQueue { get; } = new("POST", "/api/queues/{queue}/resume");

    /// <summary>Removes what is ready in a queue.</summary>
    public static Change PurgeQueue { get; } = new("POST", "/api/queues/{queue}/purge");

    /// <summary>Asks for a schedule's job now.</summary>
    public static Change RunSchedule { get; } = new("POST", "/api/schedules/{name}/run");

    /// <summary>Pauses a schedule.</summary>
    public static Change PauseSchedule { get; } = new("POST", "/api/schedules/{name}/pause");

    /// <summary>Ends the pause of a schedule.</summary>
    public static Change ResumeSchedule { get; } = new("POST", "/api/schedules/{name}/resume");

    /// <summary>Makes due now what waits.</summary>
    public static Change ReleaseWaiting { get; } = new("POST", "/api/waiting/release");

    /// <summary>Cancels what waits.</summary>
    public static Change CancelWaiting { get; } = new("POST", "/api/waiting/cancel");

    /// <summary>Sends one webhook again.</summary>
    public static Change RedeliverWebhook { get; } = new("POST", "/api/webhooks/{id}/redeliver");

    /// <summary>Begins a recovery.</summary>
    public static Change RecoverWebhooks { get; } = new("POST", "/api/webhooks/recover");

    /// <summary>Sends again what RabbitMQ has lost.</summary>
    public static Change RecoverLostWebhooks { get; } = new("POST", "/api/webhooks/recover/lost");

    /// <summary>Stops a bulk job.</summary>
    public static Change StopBulkJob { get; } = new("POST", "/api/bulk-jobs/{id}/stop");

    /// <summary>Goes on with a bulk job that was stopped.</summary>
    public static Change ResumeBulkJob { get; } = new("POST", "/api/bulk-jobs/{id}/resume");

    /// <summary>Enables a merchant's endpoint.</summary>
    public static Change EnableEndpoint { get; } = new("POST", "/api/webhooks/endpoints/{merchantId}/enable");

    /// <summary>Disables a merchant's endpoint.</summary>
    public static Change DisableEndpoint { get; } = new("POST", "/api/webhooks/endpoints/{merchantId}/disable");

    /// <summary>All changes that operators can ask for.</summary>
    public static IReadOnlyList<Change> All { get; } =
    [
        DropDeadLetter, DropDeadLetters, RequeueDeadLetter, RequeueDeadLetters, PauseQueue, ResumeQueue, PurgeQueue,
        RunSchedule, PauseSchedule, ResumeSchedule, ReleaseWaiting, CancelWaiting, RedeliverWebhook, RecoverWebhooks, RecoverLostWebhooks,
        StopBulkJob, ResumeBulkJob, EnableEndpoint, DisableEndpoint,
    ];

    /// <summary>Asks for a job now.</summary>
    public static Change RunJob(JobDefinition job) => new("POST", $"/api/jobs/{job.Verb}");

    /// <summary>Method and route.</summary>
    public string Action => $"{Method} {Route}";

    /// <summary>Asks for the change of something.</summary>
    /// <param name="values">What stands in the route where it has braces, such as a queue's name.</param>
    public RequestedChange Request(params string[] values) => Request(QueryString.Empty, values);

    /// <summary>Asks for the change of something that the route alone does not name.</summary>
    /// <param name="query">The rest of its name.</param>
    /// <param name="values">What stands in the route where it has braces.</param>
    public RequestedChange Request(QueryString query, params string[] values)
    {
        var left = new Queue<string>(values);
        return new RequestedChange(Action, new PathString(Placeholder().Replace(Route, _ => left.Dequeue())) + query);
    }

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Placeholder();
}
