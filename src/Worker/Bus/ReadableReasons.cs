using MassTransit;
using MassTransit.Middleware;

namespace Gateway.Worker.Bus;

/// <summary>
/// Lets every endpoint say in a message's headers why it went to the error or the skipped queue. No endpoint publishes a <c>Fault</c>: what
/// became of a job is told by its letter and its row in the job log.
/// </summary>
/// <param name="mover">Moves the messages on RabbitMQ; null in memory.</param>
/// <param name="time">The clock.</param>
internal sealed class ReadableReasons(MessageMover? mover, TimeProvider time) : IEndpointConfigurationObserver
{
    public void EndpointConfigured<T>(T configurator)
        where T : IReceiveEndpointConfigurator
    {
        configurator.PublishFaults = false;
        configurator.ConfigureError(error =>
        {
            error.UseFilter(new FaultReasonFilter());
            // Naming a filter leaves out MassTransit's own, so one follows that moves the message.
            error.UseFilter(mover is null ? new ErrorTransportFilter() : new ErrorQueueFilter(mover));
        });
        configurator.ConfigureDeadLetter(skipped => skipped.UseFilter(new SkippedQueueFilter(mover, time)));
    }
}
