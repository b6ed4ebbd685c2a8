using MassTransit;
using MassTransit.Configuration;
using MassTransit.Internals;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Bus.ClosedChannels;

/// <summary>
/// Ends what a receive endpoint does on a channel that has closed. When that happens in the moment in which the broker answers, the client
/// drops the answer, to a declaration as well as that the consumer may begin, and MassTransit would wait for it for ever: nobody would
/// consume the queue again before the worker is started again.
/// </summary>
/// <param name="stopTimeout">How long MassTransit itself waits for what is in hand when a channel closes.</param>
/// <param name="time">The clock.</param>
internal sealed class LostStartFilter(TimeSpan stopTimeout, TimeProvider time) : IFilter<ChannelContext>, IEndpointConfigurationObserver
{
    // How often the channel is looked at, since its event may miss who begins to listen while it closes; and how long a start outlives it.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    // For a consumer that was never told that its channel closed; what is in hand goes on while the queue is consumed again.
    private readonly TimeSpan _longestEnd = stopTimeout + TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    public void EndpointConfigured<T>(T configurator)
        where T : IReceiveEndpointConfigurator
    {
        if (configurator is IRabbitMqReceiveEndpointConfigurator endpoint)
        {
            endpoint.ConfigureChannel(channel => channel.AddPipeSpecification(new FilterPipeSpecification<ChannelContext>(this)));
        }
    }

    /// <inheritdoc/>
    /// <exception cref="OperationCanceledException">
    /// The connection is lost. MassTransit then begins anew after a second; after other exceptions it waits longer from time to time, up to
    /// half a minute.
    /// </exception>
    /// <exception cref="OperationInterruptedException">The broker has closed the channel, and why.</exception>
    public async Task Send(ChannelContext context, IPipe<ChannelContext> next)
    {
        var channel = new LostStartChannel(context);
        var consuming = next.Send(channel);
        try
        {
            while (!context.Channel.IsClosed && !consuming.IsCompleted)
            {
                await Task.WhenAny(consuming, Task.Delay(Moment, time));
            }

            // What is in hand ends by itself; nothing else can come of a start.
            await consuming.WaitAsync(channel.HasBegun ? _longestEnd : Moment, time);
        }
        catch (Exception fault) when (fault is not OperationCanceledException && !context.ConnectionContext.Connection.IsOpen)
        {
            consuming.IgnoreUnobservedExceptions();
            throw new OperationCanceledException("The connection is lost", fault);
        }
        catch (Exception fault) when (fault is not OperationCanceledException
            && context.Channel.CloseReason is { Initiator: ShutdownInitiator.Peer } reason)
        {
            // What the broker refuses it says when it closes the channel; the client may tell of something else that came of that.
            consuming.IgnoreUnobservedExceptions();
            throw new OperationInterruptedException(reason);
        }
    }

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => context.CreateFilterScope("lostStart");
}
