using System.Collections.Concurrent;
using Gateway.Worker.Jobs;

namespace Gateway.Worker.Tests.Jobs;

/// <summary>A job that fails as often as it is told to.</summary>
public sealed class CloseAccountsJob(int failures) : IJob<CloseAccounts>
{
    private readonly ConcurrentDictionary<Guid, int> _attempts = new();

    public static JobDefinition<CloseAccounts> Definition { get; } = new()
    {
        Type = "account:closing",
        Queue = "accounts",
        Weight = 7,
        Timeout = TimeSpan.FromMinutes(1),
        RetryDelays = "10ms,20ms",
        Schedule = "account-closing",
        Cron = "0 4 * * *",
        Verb = "close-accounts",
        Summary = "Close the accounts that nobody uses, now",
        AskAt = (time, _) => new CloseAccounts(time),
        TickOf = message => message.RunAt,
    };

    public Task<string> RunAsync(CloseAccounts message, JobAttempt attempt, CancellationToken cancellationToken) =>
        _attempts.AddOrUpdate(attempt.JobId, 1, (_, count) => count + 1) > failures
            ? Task.FromResult("3 accounts closed")
            : throw new JobFailedException("ledger_away", "the ledger does not answer");
}
