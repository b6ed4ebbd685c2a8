namespace Gateway.Worker.Jobs;

/// <summary>
/// The work that a scheduled message asks for. Queue, timeout, retries and the rows of <c>job_runs</c> are not its concern: it does the
/// work, or throws. It may be run again after a failure, a timeout or a crash, and beside itself in another worker.
/// </summary>
/// <typeparam name="TMessage">The contract message.</typeparam>
public interface IJob<in TMessage>
    where TMessage : class
{
    /// <summary>Does the work.</summary>
    /// <param name="message">What is asked for.</param>
    /// <param name="attempt">Which attempt this is.</param>
    /// <param name="cancellationToken">Cancelled when the attempt's time is over or the worker stops.</param>
    /// <returns>What was done, in one line of at most 1 KiB for the job log; no personal data, no secrets.</returns>
    /// <exception cref="JobFailedException">The work failed for a reason that an operator should read.</exception>
    Task<string> RunAsync(TMessage message, JobAttempt attempt, CancellationToken cancellationToken);
}
