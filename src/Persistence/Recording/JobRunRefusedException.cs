namespace Gateway.Persistence.Recording;

/// <summary>The database answered that it will not take this record, whenever it is asked. The inner exception says why.</summary>
public sealed class JobRunRefusedException : Exception
{
    internal JobRunRefusedException(JobRecord record, Exception innerException)
        : base(Describe(record), innerException)
    {
    }

    private static string Describe(JobRecord record) => record switch
    {
        { Run: { } run } => $"The database refuses the record of attempt {run.Attempt} of job {run.JobId} ({run.JobType})",
        { Waiting: { } waiting } =>
            $"The database refuses to let webhook {waiting.Key.DeliveryId} of merchant {waiting.Key.MerchantId} wait",
        { Letter: { } letter } => $"The database refuses dead letter {letter.LetterId} of {letter.Queue}",
        _ => "The database refuses a record",
    };
}
