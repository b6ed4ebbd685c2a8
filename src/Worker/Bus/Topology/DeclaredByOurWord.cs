using MassTransit;

namespace Gateway.Worker.Bus.Topology;

/// <summary>Has the bus declare each durable queue that it consumes with our arguments. Its own temporary one is the library's.</summary>
internal sealed class DeclaredByOurWord(QueueType type) : IEndpointConfigurationObserver
{
    public void EndpointConfigured<T>(T configurator)
        where T : IReceiveEndpointConfigurator
    {
        if (configurator is not IRabbitMqReceiveEndpointConfigurator queue)
        {
            return;
        }

        var address = new RabbitMqEndpointAddress(configurator.InputAddress, configurator.InputAddress);
        if (!address.AutoDelete)
        {
            foreach (var (name, value) in QueueArguments.Of(type, address.Name))
            {
                queue.SetQueueArgument(name, value);
            }
        }
    }
}
