namespace Gateway.Worker.Ops.Webhooks;

/// <summary>Endpoints that fail or are disabled.</summary>
/// <param name="Endpoints">The endpoints, at most 1,000.</param>
public sealed record EndpointsResponse(IReadOnlyList<EndpointResponse> Endpoints);
