namespace Gateway.Worker.Ops.Health;

/// <summary>What a probe answers.</summary>
/// <param name="Status">healthy, degraded or unhealthy.</param>
/// <param name="Checks">The same for each part, with what is wrong.</param>
public sealed record HealthResponse(string Status, IReadOnlyDictionary<string, HealthResponse.Check> Checks)
{
    /// <summary>How one part of the worker fares.</summary>
    public sealed record Check(string Status, string? Description);
}
