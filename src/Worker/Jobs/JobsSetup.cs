using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Bus.PublisherTraces;
using Gateway.Worker.Gate;
using MassTransit;

namespace Gateway.Worker.Jobs;

/// <summary>Puts jobs on the bus.</summary>
public static class JobsSetup
{
    /// <summary>
    /// A job on its queue. The feature registers its <see cref="IJob{TMessage}"/>, of which each attempt gets one in a scope of its own.
    /// </summary>
    /// <typeparam name="TMessage">The message that asks for the job; the only one of its queue, since plain JSON does not name its
    /// type.</typeparam>
    public static BusFeature OnBus<TMessage>(JobType type, JobQueueOptions queue, GateOptions gate)
        where TMessage : class => new(
            bus => bus.AddDelayedSends(queue.Name, queue.RetryDelays),
            (bus, context) => bus.ReceiveEndpoint(queue.Name, endpoint =>
            {
                endpoint.TakeForGate(gate);
                endpoint.ContinuePublishersTraces();
                endpoint.Instance(new JobConsumer<TMessage>(
                    type,
                    queue,
                    context.GetRequiredService<IServiceScopeFactory>(),
                    context.GetRequiredService<JobHistory>(),
                    context.GetRequiredService<JobRecorder>(),
                    context.GetRequiredService<GatedQueues>().Of(queue.Name),
                    context.GetRequiredService<JobMetrics>().Of(type.Name, queue.Name),
                    context.GetRequiredService<TimeProvider>(),
                    context.GetRequiredService<ILogger<JobConsumer<TMessage>>>()));
            }));
}
