using System.Collections.Concurrent;
using Gateway.Worker.Jobs;

namespace Gateway.Integration.Tests.Jobs;

/// <summary>What the jobs of a test do, by the message that asks for them, and which attempts were made.</summary>
public sealed class ScriptedJobs
{
    private readonly ConcurrentDictionary<object, Func<JobAttempt, CancellationToken, Task<string>>> _scripts = new();
    private readonly ConcurrentQueue<(object Message, JobAttempt Attempt)> _attempts = new();

    public void On(object message, Func<JobAttempt, CancellationToken, Task<string>> script) => _scripts[message] = script;

    public JobAttempt[] AttemptsOf(object message) => [.. _attempts.Where(a => a.Message.Equals(message)).Select(a => a.Attempt)];

    public Task<string> RunAsync(object message, JobAttempt attempt, CancellationToken cancellationToken)
    {
        _attempts.Enqueue((message, attempt));
        return _scripts.TryGetValue(message, out var script) ? script(attempt, cancellationToken) : Task.FromResult("done");
    }
}
