using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Configuration;
using Gateway.Worker.Jobs;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>Asks for a scheduled job now. Each time it is a job of its own.</summary>
public sealed class JobsByHand(JobPublisher publisher, BusinessTime businessTime, TimeProvider time)
{
    private const string Advice = "It may run all the same. To ask again does no harm: each of these jobs may run twice.";

    /// <summary>Expires the payments whose time has passed.</summary>
    public Task<Result<PublishedJob>> ExpirePaymentsAsync(CancellationToken cancellationToken) =>
        PublishAsync(JobType.PaymentExpiry, now => new ExpirePayments { RunAt = now }, cancellationToken);

    /// <summary>Reads the wallets' balances.</summary>
    public Task<Result<PublishedJob>> CheckWalletBalancesAsync(CancellationToken cancellationToken) =>
        PublishAsync(JobType.BalanceCheck, now => new CheckWalletBalances { RunAt = now }, cancellationToken);

    /// <summary>Writes the settlement report of a business day, or a new generation of it when the figures have changed.</summary>
    /// <param name="date">The business day, which must be over; null for yesterday.</param>
    /// <param name="cancellationToken">Ends the wait for the broker.</param>
    public async Task<Result<PublishedJob>> WriteSettlementReportAsync(DateOnly? date, CancellationToken cancellationToken)
    {
        var yesterday = businessTime.Yesterday(time.GetUtcNow());
        return date > yesterday
            ? Refusal.InvalidField(
                "date",
                $"date {date:yyyy-MM-dd} is not over yet: give {yesterday:yyyy-MM-dd} or a day before it ({businessTime.Zone.Id})")
            : await PublishAsync(
                JobType.SettlementReport, _ => new GenerateSettlementReport { Date = date ?? yesterday }, cancellationToken);
    }

    /// <summary>Asks for a job.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="messageFor">The contract message for this moment.</param>
    /// <param name="cancellationToken">Ends the wait for the broker.</param>
    internal Task<Result<PublishedJob>> PublishAsync(
        JobType type, Func<DateTimeOffset, object> messageFor, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return publisher.PublishAsync(
            messageFor(now), JobRun.Queued(now, Guid.CreateVersion7(now), type.Name, type.Queue), Advice, cancellationToken);
    }
}
