using Gateway.Worker.Calendar;
using Gateway.Worker.Configuration;

namespace Gateway.Worker.Bus;

/// <summary>What the bus is told when it is put together.</summary>
public sealed record BusOptions
{
    /// <summary>On RabbitMQ, or in memory.</summary>
    public required GatewayMode Mode { get; init; }

    /// <summary>The broker.</summary>
    public required RabbitMqOptions RabbitMq { get; init; }

    /// <summary>How business dates in messages are read.</summary>
    public required BusinessTime BusinessTime { get; init; }

    /// <summary>How many jobs run at once in this process, from 1.</summary>
    public required int Slots { get; init; }

    /// <summary>How long a stop waits for attempts in flight.</summary>
    public required TimeSpan StopTimeout { get; init; }
}
