using System.Globalization;
using Gateway.Worker.Bus;
using MassTransit;

namespace Gateway.Worker.Jobs;

/// <summary>Names a job, the same for all its attempts.</summary>
public static class JobId
{
    /// <summary>The job of one tick: whoever publishes the tick, and however often, means the same job.</summary>
    public static Guid OfTick(JobDefinition job, DateTimeOffset tick) =>
        NamedUuid.From($"{job.Type} {tick.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)}");

    /// <summary>
    /// The message's own id. A message without one, as plain JSON may be, is named by its tick; one that means no tick gets a new id,
    /// because who asks twice wants it done twice.
    /// </summary>
    public static Guid Of<TMessage>(JobDefinition<TMessage> job, ConsumeContext<TMessage> context)
        where TMessage : class =>
        context.MessageId ?? (job.TickOf is { } tickOf ? OfTick(job, tickOf(context.Message)) : Guid.CreateVersion7());
}
