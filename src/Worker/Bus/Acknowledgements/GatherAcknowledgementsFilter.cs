using MassTransit;
using MassTransit.RabbitMqTransport;

namespace Gateway.Worker.Bus.Acknowledgements;

/// <summary>Gives a receive endpoint a channel that gathers acknowledgements.</summary>
internal sealed class GatherAcknowledgementsFilter(TimeProvider time, ILogger logger) : IFilter<ChannelContext>
{
    /// <inheritdoc/>
    public async Task Send(ChannelContext context, IPipe<ChannelContext> next)
    {
        var gathering = new GatheringChannel(context, time, logger);
        try
        {
            // Returns when the endpoint has stopped consuming.
            await next.Send(gathering);
        }
        finally
        {
            await gathering.EndAsync();
        }
    }

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => context.CreateFilterScope("gatherAcknowledgements");
}
