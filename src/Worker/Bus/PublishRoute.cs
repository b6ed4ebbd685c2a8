namespace Gateway.Worker.Bus;

/// <summary>Where a message is published to.</summary>
/// <param name="Exchange">The exchange; empty for the default one, which leads to the queue with the name that the routing key is.</param>
/// <param name="RoutingKey">The routing key.</param>
public readonly record struct PublishRoute(string Exchange, string RoutingKey)
{
    /// <summary>Straight to a queue.</summary>
    public static PublishRoute ToQueue(string queue) => new("", queue);
}
