using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Configuration;
using Gateway.Worker.Jobs;
using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>Asks for a scheduled job now. Each request is a job of its own.</summary>
public static class JobsByHand
{
    private const string Advice = "It may run all the same. To ask again does no harm: each of these jobs may run twice.";

    /// <summary>Maps the routes under <c>/api/jobs</c>.</summary>
    public static void MapJobsByHand(this IEndpointRouteBuilder app)
    {
        var jobs = app.MapGroup("/api/jobs").WithTags("jobs").ForViewers();
        jobs.MapPost("/expire-payments", ExpirePaymentsAsync).ForOperators().WithSummary("Expire the payments whose time has passed, now");
        jobs.MapPost("/check-wallet-balances", CheckWalletBalancesAsync).ForOperators().WithSummary("Read the wallets' balances, now");
        jobs.MapPost("/settlement-report", SettlementReportAsync).ForOperators()
            .WithSummary("Write the settlement report of a business day; if it is written, a new generation when the figures have changed");
    }

    internal static Task<Results<Accepted<PublishedJob>, ValidationProblem, ProblemHttpResult>> PublishAsync(
        JobPublisher publisher, JobType type, object message, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var queued = new JobRun
        {
            RunId = RunId.At(now),
            JobId = Guid.CreateVersion7(now),
            JobType = type.Name,
            Queue = type.Queue,
            Attempt = 0,
            State = JobState.Queued,
            StartedAt = now.UtcDateTime,
            DurationMs = 0,
        };
        return publisher.PublishAsync(message, queued, Advice, cancellationToken);
    }

    private static Task<Results<Accepted<PublishedJob>, ValidationProblem, ProblemHttpResult>> ExpirePaymentsAsync(
        JobPublisher publisher, TimeProvider time, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return PublishAsync(publisher, JobType.PaymentExpiry, new ExpirePayments { RunAt = now }, now, cancellationToken);
    }

    private static Task<Results<Accepted<PublishedJob>, ValidationProblem, ProblemHttpResult>> CheckWalletBalancesAsync(
        JobPublisher publisher, TimeProvider time, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return PublishAsync(publisher, JobType.BalanceCheck, new CheckWalletBalances { RunAt = now }, now, cancellationToken);
    }

    private static async Task<Results<Accepted<PublishedJob>, ValidationProblem, ProblemHttpResult>> SettlementReportAsync(
        [FromBody(EmptyBodyBehavior = Microsoft.AspNetCore.Mvc.ModelBinding.EmptyBodyBehavior.Allow)] SettlementReportRequest? request,
        JobPublisher publisher,
        GatewayOptions options,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var yesterday = options.BusinessTime.Yesterday(now);
        var date = request?.Date ?? yesterday;
        if (date > yesterday)
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]>
            {
                ["date"] =
                [
                    $"date {date:yyyy-MM-dd} is not over yet: give {yesterday:yyyy-MM-dd} or a day before it "
                    + $"({options.BusinessTime.Zone.Id})",
                ],
            });
        }

        return await PublishAsync(
            publisher, JobType.SettlementReport, new GenerateSettlementReport { Date = date }, now, cancellationToken);
    }
}
