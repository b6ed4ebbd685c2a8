using MassTransit;
using MassTransit.Context;
using MassTransit.Scheduling;

namespace Gateway.Worker.Bus.DelayedSends;

/// <summary>
/// Gives every consumer and saga delayed sends: <c>context.ScheduleSend</c>, <c>Schedule</c>, <c>UseScheduledRedelivery</c>.
/// </summary>
internal sealed class DelayedSendsFilter(DelayedDestinations destinations, TimeProvider time, Lazy<IBus> publishing)
    : IFilter<ConsumeContext>
{
    public Task Send(ConsumeContext context, IPipe<ConsumeContext> next)
    {
        context.GetOrAddPayload<MessageSchedulerContext>(() => new ConsumeMessageSchedulerContext(context, CreateScheduler));
        return next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("delayedSends");

    private MessageScheduler CreateScheduler(ConsumeContext context) =>
        new(new RabbitMqDelayedSends(destinations, time, publishing.Value, context), context.GetPayload<IBusTopology>());
}
