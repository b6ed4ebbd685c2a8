using MassTransit;
using MassTransit.Configuration;
using MassTransit.Internals;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Bus.ClosedChannels;

/// <summary>
/// Ends what a receive endpoint does on a channel that has closed. When that happens in the moment in which the broker answers, the client
/// drops the answer, to a declaration as well as that the consumer may begin, and MassTransit would wait for it for ever: nobody would
/// consume the queue again before the worker is started again.
/// </summary>
internal sealed class LostStartFilter(TimeProvider time) : IFilter<ChannelContext>, IEndpointConfigurationObserver
{
    // Not by the channel's event: a channel that closes while somebody begins to listen tells nobody.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    // After it what is in hand goes on while the queue is consumed again: the broker has given it back anyway.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromMinutes(1);

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
    public async Task Send(ChannelContext context, IPipe<ChannelContext> next)
    {
        var channel = new LostStartChannel(context);
        var consuming = next.Send(channel);
        try
        {
            while (!context.Channel.IsClosed && !consuming.IsCompleted)
            {
                await Task.WhenAny(consuming, Task.Delay(Look, time));
            }

            // What is in hand ends by itself; nothing else can come of a start.
            await consuming.WaitAsync(channel.HasBegun ? LongestEnd : Moment, time);
        }
        catch (Exception lost) when (lost is not OperationCanceledException && IsLost(context))
        {
            consuming.IgnoreUnobservedExceptions();
            throw new OperationCanceledException("The connection is lost", lost);
        }
        catch (TimeoutException) when (context.Channel.CloseReason is { } reason)
        {
            consuming.IgnoreUnobservedExceptions();
            throw new OperationInterruptedException(reason);
        }
    }

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => context.CreateFilterScope("lostStart");

    // Not where the broker refuses something and closes the channel alone.
    private static bool IsLost(ChannelContext context) => !context.ConnectionContext.Connection.IsOpen;
}
