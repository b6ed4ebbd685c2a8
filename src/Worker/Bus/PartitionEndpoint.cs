using MassTransit;
using MassTransit.RabbitMqTransport.Configuration;

namespace Gateway.Worker.Bus;

/// <summary>Has an endpoint take from a partition of a queue.</summary>
internal static class PartitionEndpoint
{
    /// <summary>
    /// Binds the partition's queue to an exchange of its own, to which nothing is published, instead of the one that is called as the queue
    /// that is spread. What leads to the partitions is not the library's to declare: with each connection it would lead everything to the
    /// first of them once more.
    /// </summary>
    /// <param name="endpoint">The endpoint, on RabbitMQ.</param>
    /// <param name="queue">The queue that is spread.</param>
    /// <param name="number">Which partition, from 1.</param>
    public static void TakePartition(this IReceiveEndpointConfigurator endpoint, string queue, int number)
    {
        endpoint.ConfigureConsumeTopology = false;
        // The library's interface has no word for it.
        var settings = (RabbitMqReceiveSettings)((RabbitMqReceiveEndpointConfiguration)endpoint).Settings;
        settings.ExchangeName = QueueNames.PartitionExchangeOf(queue, number);
    }
}
