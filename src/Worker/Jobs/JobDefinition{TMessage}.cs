using Gateway.Worker.Bus;
using Gateway.Worker.Calendar;
using Gateway.Worker.Gate;

namespace Gateway.Worker.Jobs;

/// <summary>A scheduled job with its contract message. The feature registers the <see cref="IJob{TMessage}"/> that does the work.</summary>
/// <typeparam name="TMessage">The message that asks for the job; the only one of its queue.</typeparam>
public sealed record JobDefinition<TMessage> : JobDefinition
    where TMessage : class
{
    /// <summary>The message that asks for the job of a tick, or for one now.</summary>
    public required Func<DateTimeOffset, BusinessTime, TMessage> AskAt { get; init; }

    /// <summary>The message that asks for the job of a business day; null where it works on none.</summary>
    public Func<DateOnly, TMessage>? AskOf { get; init; }

    /// <summary>
    /// The tick that a message means, by which one without an id is named; null where who asks twice wants it done twice.
    /// </summary>
    public Func<TMessage, DateTimeOffset>? TickOf { get; init; }

    /// <inheritdoc/>
    public override bool IsOfDay => AskOf is not null;

    /// <inheritdoc/>
    public override object MessageAt(DateTimeOffset time, BusinessTime businessTime) => AskAt(time, businessTime);

    /// <inheritdoc/>
    public override object MessageOf(DateOnly day) =>
        AskOf?.Invoke(day) ?? throw new InvalidOperationException($"The job {Type} works on no business day.");

    /// <inheritdoc/>
    internal override BusFeature OnBus(JobQueueOptions queue, GateOptions gate) => JobsSetup.OnBus(this, queue, gate);
}
