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
    /// <summary>Adds what the jobs share: their metrics, and the removal of what is too old in the job log.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services, JobRetentionOptions retention) => services
        .AddSingleton<JobMetrics>()
        .AddSingleton(retention)
        .AddHostedService<JobRetentionService>();

    /// <summary>
    /// A job on its queue. The feature registers its <see cref="IJob{TMessage}"/>, of which each attempt gets one in a scope of its own.
    /// </summary>
    internal static BusFeature OnBus<TMessage>(JobDefinition<TMessage> job, JobQueueOptions queue, GateOptions gate)
        where TMessage : class => new(
            bus => bus.AddDelayedSends(queue.Name, queue.RetryDelays),
            (bus, context) => bus.ReceiveEndpoint(queue.Name, endpoint =>
            {
                endpoint.TakeForGate(gate);
                endpoint.ContinuePublishersTraces();
                endpoint.Instance(new JobConsumer<TMessage>(
                    job,
                    queue,
                    context.GetRequiredService<IServiceScopeFactory>(),
                    context.GetRequiredService<JobHistory>(),
                    context.GetRequiredService<JobRecorder>(),
                    context.GetRequiredService<GatedQueues>().Get(queue.Name),
                    context.GetRequiredService<JobMetrics>().CountsOf(job.Type, queue.Name),
                    context.GetRequiredService<TimeProvider>(),
                    context.GetRequiredService<ILogger<JobConsumer<TMessage>>>()));
            }));
}
