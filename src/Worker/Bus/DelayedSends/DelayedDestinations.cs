using MassTransit;

namespace Gateway.Worker.Bus.DelayedSends;

/// <summary>
/// Every queue to which messages can be sent with a delay. Steps that several features ask for one queue are put together.
/// </summary>
public sealed class DelayedDestinations(IEnumerable<DelaySteps> steps)
{
    // Only the entity's name is read from an address, so any host serves to parse the short forms (queue:name).
    private static readonly Uri AnyHost = new("rabbitmq://localhost/");

    private readonly Dictionary<string, DelaySteps> _steps = steps
        .GroupBy(s => s.Destination)
        .ToDictionary(g => g.Key, g => new DelaySteps(g.Key, g.SelectMany(s => s.Steps).Select(s => s.Delay)));

    /// <summary>The steps of all destinations.</summary>
    public IEnumerable<DelayStep> Steps => _steps.Values.SelectMany(s => s.Steps);

    /// <summary>The steps of the queue to which an address leads.</summary>
    /// <param name="address">As MassTransit writes it: <c>queue:name</c> or <c>rabbitmq://host/vhost/name</c>.</param>
    /// <exception cref="InvalidOperationException">The queue has no delay steps.</exception>
    public DelaySteps For(Uri address)
    {
        var name = new RabbitMqEndpointAddress(AnyHost, address).Name;
        return _steps.TryGetValue(name, out var found)
            ? found
            : throw new InvalidOperationException(
                $"A message to '{name}' cannot be delayed, because that queue has no delay steps. Add them where the bus is registered: "
                + $"{nameof(DelayedSendsExtensions.AddDelayedSends)}(\"{name}\", [TimeSpan.FromSeconds(10), …]). "
                + $"Queues with steps: {(_steps.Count == 0 ? "none" : string.Join(", ", _steps.Keys.Order()))}.");
    }
}
