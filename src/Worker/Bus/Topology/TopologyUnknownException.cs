namespace Gateway.Worker.Bus.Topology;

/// <summary>The queues cannot be checked, because RabbitMQ's management API does not tell of them.</summary>
/// <param name="management">Where it should be.</param>
/// <param name="cause">What happened instead.</param>
public sealed class TopologyUnknownException(IReadOnlyList<Uri> management, Exception cause)
    : Exception(
        $"RabbitMQ's management API at {string.Join(", ", management.Select(url => url.Authority))} does not tell of them: {cause.Message}",
        cause);
