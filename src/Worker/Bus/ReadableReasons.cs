using MassTransit;
using MassTransit.Middleware;

namespace Gateway.Worker.Bus;

/// <summary>Lets every endpoint say in a message's headers why it went to the error or the skipped queue.</summary>
internal sealed class ReadableReasons(TimeProvider time) : IEndpointConfigurationObserver
{
    public void EndpointConfigured<T>(T configurator)
        where T : IReceiveEndpointConfigurator
    {
        configurator.ConfigureError(error =>
        {
            error.UseFilter(new FaultReasonFilter());
            // Naming a filter leaves out MassTransit's own, so they follow.
            error.UseFilter(new GenerateFaultFilter());
            error.UseFilter(new ErrorTransportFilter());
        });
        configurator.ConfigureDeadLetter(skipped => skipped.UseFilter(new SkippedMessageFilter(time)));
    }
}
