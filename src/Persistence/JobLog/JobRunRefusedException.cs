namespace Gateway.Persistence.JobLog;

/// <summary>The database answered that it will not take this row, whenever it is asked. The inner exception says why.</summary>
public sealed class JobRunRefusedException : Exception
{
    internal JobRunRefusedException(JobRun run, Exception innerException)
        : base($"The database refuses the record of attempt {run.Attempt} of job {run.JobId}", innerException)
    {
    }
}
