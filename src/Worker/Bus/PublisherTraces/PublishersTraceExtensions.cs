using MassTransit;
using MassTransit.Configuration;
using MassTransit.RabbitMqTransport;

namespace Gateway.Worker.Bus.PublisherTraces;

/// <summary>Builds the traces of publishers into an endpoint.</summary>
public static class PublishersTraceExtensions
{
    /// <summary>
    /// Continues the trace that a publisher without MassTransit names in the header <c>traceparent</c>. RabbitMQ alone has such publishers.
    /// </summary>
    public static void ContinuePublishersTraces(this IReceiveEndpointConfigurator endpoint)
    {
        if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbit)
        {
            rabbit.ConfigureChannel(channel =>
                channel.AddPipeSpecification(new FilterPipeSpecification<ChannelContext>(new PublishersTraceFilter())));
        }
    }
}
