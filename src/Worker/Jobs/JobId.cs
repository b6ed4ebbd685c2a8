using System.Globalization;
using Gateway.Contracts;
using Gateway.Worker.Bus;
using MassTransit;

namespace Gateway.Worker.Jobs;

/// <summary>Names a job, the same for all its attempts.</summary>
public static class JobId
{
    /// <summary>The job of one tick: whoever publishes the tick, and however often, means the same job.</summary>
    public static Guid OfTick(JobType type, DateTimeOffset tick) =>
        NamedUuid.Of($"{type.Name} {tick.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)}");

    /// <summary>
    /// The message's own id. A message without one, as plain JSON may be, is named by its tick; a report that was asked for without an
    /// id gets a new one, because who asks twice wants it written twice.
    /// </summary>
    public static Guid Of<TMessage>(JobType type, ConsumeContext<TMessage> context)
        where TMessage : class => context switch
        {
            { MessageId: { } id } => id,
            { Message: ExpirePayments expiry } => OfTick(type, expiry.RunAt),
            { Message: CheckWalletBalances check } => OfTick(type, check.RunAt),
            _ => Guid.CreateVersion7(),
        };
}
