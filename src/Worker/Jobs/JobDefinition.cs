using Gateway.Worker.Bus;
using Gateway.Worker.Calendar;
using Gateway.Worker.Gate;

namespace Gateway.Worker.Jobs;

/// <summary>
/// A scheduled job as its feature describes it. Its queue, its place at the gate, its schedule, its route, its command and its dead letters
/// follow from this description; nothing else in the worker names the feature.
/// </summary>
public abstract record JobDefinition
{
    private protected JobDefinition()
    {
    }

    /// <summary>Its name in the job log and the metrics, such as <c>payment:expiry</c>.</summary>
    public required string Type { get; init; }

    /// <summary>
    /// The queue of its messages, such as <c>periodic</c>. No other job has it, since plain JSON does not name its type. The variables
    /// <c>PERIODIC_TIMEOUT</c> and <c>PERIODIC_RETRY_DELAYS</c> are called after it.
    /// </summary>
    public required string Queue { get; init; }

    /// <summary>The queue's weight at the gate unless <c>QUEUE_WEIGHTS</c> says otherwise, from 1 to 1,000.</summary>
    public required int Weight { get; init; }

    /// <summary>How long one attempt may take unless the queue's variable says otherwise.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>
    /// The waits before the 2nd, 3rd … attempt unless the queue's variable says otherwise, such as <c>10s,40s,160s</c>.
    /// </summary>
    public required string RetryDelays { get; init; }

    /// <summary>
    /// The schedule's name, such as <c>payment-expiry</c>. The variables <c>PAYMENT_EXPIRY_CRON</c> and <c>PAYMENT_EXPIRY_ENABLED</c> are
    /// called after it.
    /// </summary>
    public required string Schedule { get; init; }

    /// <summary>When it runs unless the schedule's variable says otherwise: five fields of cron, in the business time zone.</summary>
    public required string Cron { get; init; }

    /// <summary>
    /// What runs it by hand: the last part of the route <c>POST /api/jobs/…</c> and the name of the command <c>publish …</c>, such as
    /// <c>expire-payments</c>.
    /// </summary>
    public required string Verb { get; init; }

    /// <summary>What it does, in a few words that begin with a verb, for the lists of routes and commands.</summary>
    public required string Summary { get; init; }

    /// <summary>Whether it works on a business day that whoever runs it by hand may choose.</summary>
    public abstract bool IsOfDay { get; }

    /// <summary>The message that asks for the job of a tick, or for one now.</summary>
    public abstract object MessageAt(DateTimeOffset time, BusinessTime businessTime);

    /// <summary>The message that asks for the job of a business day.</summary>
    /// <exception cref="InvalidOperationException">The job is not <see cref="IsOfDay"/>.</exception>
    public abstract object MessageOf(DateOnly day);

    /// <summary>The consumer on its queue.</summary>
    internal abstract BusFeature OnBus(JobQueueOptions queue, GateOptions gate);
}
