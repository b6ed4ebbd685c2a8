namespace Gateway.Persistence;

/// <summary>This process among the workers of a database: another one after each start.</summary>
/// <param name="WorkerId">A UUID v7.</param>
public sealed record WorkerIdentity(Guid WorkerId);
