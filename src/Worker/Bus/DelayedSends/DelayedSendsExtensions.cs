using MassTransit;
using MassTransit.Configuration;
using MassTransit.DependencyInjection;
using MassTransit.Scheduling;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ExchangeType = RabbitMQ.Client.ExchangeType;

namespace Gateway.Worker.Bus.DelayedSends;

/// <summary>Registers delayed sends and builds them into a bus.</summary>
public static class DelayedSendsExtensions
{
    // MassTransit turns a delay into a time by the system's clock, so the time is turned back by the same clock,
    // even where the rest of the program runs on another.
    private static readonly TimeProvider Clock = TimeProvider.System;

    /// <summary>
    /// Lets messages to a queue be sent with a delay, and registers <see cref="IMessageScheduler"/> for code outside consumers.
    /// Can be called for a queue more than once. The bus that consumes needs <c>UseDelayedSends</c>, the one that publishes
    /// <c>DeclareDelayedSends</c>.
    /// </summary>
    /// <param name="configurator">The bus's registration.</param>
    /// <param name="destination">The queue's name.</param>
    /// <param name="steps">The delays: each gets a queue of its own on RabbitMQ, and holds what differs by 20 % at most.</param>
    /// <exception cref="ArgumentException">There is no step, or one that is not whole milliseconds from 1 ms to 41 days.</exception>
    public static void AddDelayedSends(this IBusRegistrationConfigurator configurator, string destination, IEnumerable<TimeSpan> steps)
    {
        configurator.AddSingleton(new DelaySteps(destination, steps));
        configurator.TryAddSingleton<DelayedDestinations>();
        configurator.TryAddScoped(CreateScheduler);
    }

    /// <summary>
    /// Lets the consumers of a bus send with a delay. What they send goes out by the bus that publishes, <see cref="IBus"/>.
    /// </summary>
    public static void UseDelayedSends(this IRabbitMqBusFactoryConfigurator configurator, IRegistrationContext context)
    {
        // The bus that publishes may be this one, which is not made yet.
        var publishing = new Lazy<IBus>(context.GetRequiredService<IBus>);
        configurator.AddPrePipeSpecification(new FilterPipeSpecification<ConsumeContext>(
            new DelayedSendsFilter(context.GetRequiredService<DelayedDestinations>(), Clock, publishing)));
    }

    /// <summary>
    /// Lets the bus that publishes declare the delay queues, which survive a restart of the broker and need no plug-in.
    /// </summary>
    public static void DeclareDelayedSends(this IRabbitMqBusFactoryConfigurator configurator, IRegistrationContext context)
    {
        var destinations = context.GetRequiredService<DelayedDestinations>();
        configurator.Message<DelayedSend>(message => message.SetEntityName(DelayedSend.Exchange));
        configurator.Publish<DelayedSend>(publish =>
        {
            publish.ExchangeType = ExchangeType.Direct;
            foreach (var step in destinations.Steps)
            {
                publish.BindQueue(DelayedSend.Exchange, step.QueueName, binding => Declare(binding, step));
            }
        });
    }

    /// <summary>Delayed sends of the in-memory transport: MassTransit's own, which know any delay and do not survive a stop.</summary>
    public static void UseDelayedSends(this IInMemoryBusFactoryConfigurator configurator, IRegistrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        configurator.UseDelayedMessageScheduler();
    }

    private static void Declare(IRabbitMqQueueBindingConfigurator binding, DelayStep step)
    {
        binding.ExchangeType = ExchangeType.Direct;
        binding.RoutingKey = step.QueueName;
        foreach (var (name, value) in QueueArguments.OfDelay(step))
        {
            binding.SetQueueArgument(name, value);
        }
    }

    // Inside a consumer's scope the consumer's own scheduler, so that what it sends belongs to the same conversation.
    private static IMessageScheduler CreateScheduler(IServiceProvider services)
    {
        var consuming = services.GetRequiredService<IScopedConsumeContextProvider>();
        if (consuming.HasContext && consuming.GetContext().TryGetPayload<MessageSchedulerContext>(out var scheduler))
        {
            return scheduler;
        }

        var bus = services.GetRequiredService<IBus>();
        return bus.Topology is IRabbitMqBusTopology
            ? new MessageScheduler(new RabbitMqDelayedSends(services.GetRequiredService<DelayedDestinations>(), Clock, bus), bus.Topology)
            : bus.CreateDelayedMessageScheduler();
    }
}
