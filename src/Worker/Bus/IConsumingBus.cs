using MassTransit;

namespace Gateway.Worker.Bus;

/// <summary>
/// The bus that consumes, on RabbitMQ. It has a connection of its own, on which nothing is published: while the broker is short of memory
/// or disk it reads nothing from a connection that publishes, acknowledgements included, and what waits could never drain.
/// </summary>
public interface IConsumingBus : IBus;
