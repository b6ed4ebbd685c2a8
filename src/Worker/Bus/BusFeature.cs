using MassTransit;

namespace Gateway.Worker.Bus;

/// <summary>What a feature brings to the bus, which itself knows no feature.</summary>
/// <param name="AddConsumers">Registers consumers, sagas and delays.</param>
/// <param name="ConfigureEndpoints">Adds the receive endpoints, on whichever transport.</param>
public sealed record BusFeature(
    Action<IBusRegistrationConfigurator> AddConsumers,
    Action<IBusFactoryConfigurator, IBusRegistrationContext> ConfigureEndpoints);
