namespace Gateway.Worker.Ops.Jobs;

/// <summary>A job that was published: the broker has it.</summary>
/// <param name="JobId">Look it up at <c>/api/jobs/{job_id}</c>.</param>
public sealed record PublishedJob(Guid JobId);
