namespace Gateway.Worker.Jobs;

/// <summary>An attempt of a job.</summary>
/// <param name="JobId">The job: the same for all its attempts, and for a tick that was published twice.</param>
/// <param name="Number">The attempt's number, from 1.</param>
/// <param name="IsLast">Whether the job is dead when this attempt fails.</param>
public sealed record JobAttempt(Guid JobId, int Number, bool IsLast = false);
