using Gateway.Worker.Jobs;

namespace Gateway.Integration.Tests.Jobs;

/// <summary>A job that does what the test says.</summary>
public sealed class ScriptedJob<TMessage>(ScriptedJobs jobs) : IJob<TMessage>
    where TMessage : class
{
    public Task<string> RunAsync(TMessage message, JobAttempt attempt, CancellationToken cancellationToken) => jobs.RunAsync(message, attempt, cancellationToken);
}
