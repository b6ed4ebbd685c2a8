namespace Gateway.Worker.Ops.Overview;

/// <summary>Something that is wrong now.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="IsCritical">Whether somebody must act now.</param>
/// <param name="Subject">Of which queue, schedule, server or type of job.</param>
/// <param name="Count">How many, where it is about a number.</param>
/// <param name="Age">For how long, where it is about a time.</param>
/// <param name="Detail">In the words of the part that knows.</param>
public sealed record Trouble(
    TroubleKind Kind, bool IsCritical, string? Subject = null, long? Count = null, TimeSpan? Age = null, string? Detail = null);
