using Gateway.Persistence.JobLog;

namespace Gateway.Integration.Tests.Survival;

/// <summary>A row of <c>job_runs</c>.</summary>
public sealed record RecordedRun(Guid JobId, int Attempt, JobState State, string? Reason);
