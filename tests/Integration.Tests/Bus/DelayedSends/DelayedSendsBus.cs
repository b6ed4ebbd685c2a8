using Gateway.Worker.Bus.DelayedSends;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Gateway.Integration.Tests.Bus.DelayedSends;

/// <summary>A bus with delayed sends to one queue of its own, and a second connection to the broker. Removes its queues at the end.</summary>
internal sealed class DelayedSendsBus : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly AsyncServiceScope _scope;
    private readonly Uri _broker;
    private readonly IConnection _connection;

    private DelayedSendsBus(ServiceProvider services, Uri broker, IConnection connection, IChannel channel, string queue)
    {
        _broker = broker;
        _services = services;
        _scope = services.CreateAsyncScope();
        _connection = connection;
        Channel = channel;
        Queue = queue;
    }

    /// <summary>The name of the queue that has delay steps.</summary>
    public string Queue { get; }

    /// <summary>The address of <see cref="Queue"/>.</summary>
    public Uri Address => new($"queue:{Queue}");

    public IBus Bus => _services.GetRequiredService<IBus>();

    public IMessageScheduler Scheduler => _scope.ServiceProvider.GetRequiredService<IMessageScheduler>();

    /// <summary>A channel on the second connection.</summary>
    public IChannel Channel { get; }

    public static async Task<DelayedSendsBus> StartAsync(
        Uri broker, TimeSpan[] steps, Action<IRabbitMqReceiveEndpointConfigurator>? endpoint, CancellationToken cancellationToken)
    {
        var queue = $"delayed-{Guid.CreateVersion7():N}";
        var services = new ServiceCollection()
            .AddMassTransit(bus =>
            {
                bus.DisableUsageTelemetry();
                bus.AddDelayedSends(queue, steps);
                bus.UsingRabbitMq((context, rabbitMq) =>
                {
                    rabbitMq.Host(broker);
                    rabbitMq.UseDelayedSends(context);
                    rabbitMq.DeclareDelayedSends(context);
                    if (endpoint is not null)
                    {
                        rabbitMq.ReceiveEndpoint(queue, endpoint);
                    }
                });
            })
            .BuildServiceProvider(validateScopes: true);

        var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync(cancellationToken);
        var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, cancellationToken: cancellationToken);
        await services.GetRequiredService<IBusControl>().StartAsync(cancellationToken);
        return new DelayedSendsBus(services, broker, connection, channel, queue);
    }

    /// <summary>The next message of a queue as the broker hands it over, to a consumer that knows no MassTransit.</summary>
    public async Task<BasicDeliverEventArgs> ReceiveAsync(string queue, CancellationToken cancellationToken)
    {
        var received = new TaskCompletionSource<BasicDeliverEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        var consumer = new AsyncEventingBasicConsumer(Channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            // The broker's memory behind the body is only lent for the duration of the call.
            received.TrySetResult(new BasicDeliverEventArgs(
                delivery.ConsumerTag, delivery.DeliveryTag, delivery.Redelivered, delivery.Exchange, delivery.RoutingKey, delivery.BasicProperties,
                delivery.Body.ToArray(), delivery.CancellationToken));
            return Task.CompletedTask;
        };
        var tag = await Channel.BasicConsumeAsync(queue, autoAck: true, consumer, cancellationToken);
        var delivery = await received.Task.WaitAsync(cancellationToken);
        await Channel.BasicCancelAsync(tag, cancellationToken: cancellationToken);
        return delivery;
    }

    public async ValueTask DisposeAsync()
    {
        await _scope.DisposeAsync();
        await _services.GetRequiredService<IBusControl>().StopAsync(CancellationToken.None);
        await _connection.DisposeAsync();

        // A connection of its own: the test may have restarted the broker under the other one.
        await using var connection = await new ConnectionFactory { Uri = _broker }.CreateConnectionAsync(CancellationToken.None);
        await using var channel = await connection.CreateChannelAsync();
        var delayQueues = _services.GetRequiredService<DelayedDestinations>().Steps.Select(s => s.QueueName);
        foreach (var name in (string[])[Queue, $"{Queue}_error", .. delayQueues])
        {
            await channel.QueueDeleteAsync(name);
            await channel.ExchangeDeleteAsync(name);
        }

        await _services.DisposeAsync();
    }
}
