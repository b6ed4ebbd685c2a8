using System.Text;
using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Jobs;
using Gateway.Worker.Payments;
using Gateway.Worker.Settlement;
using Gateway.Worker.Wallets;
using MassTransit;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Jobs;

/// <summary>What trials found (docs/faults.md: C5).</summary>
public sealed class When_a_job_is_asked_for(JobsWorker worker) : IClassFixture<JobsWorker>
{
    private static readonly TimeSpan[] Steps = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(400)];
    private static int _ticks;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_run_it_once_and_record_what_it_did()
    {
        var (message, id) = (NewExpiry(), Guid.CreateVersion7());
        worker.Jobs.On(message, (_, _) => Task.FromResult("expired 3 payments"));

        await Publish(message, id);

        var run = Assert.Single(await worker.WaitUntilEndedAsync(id));
        Assert.Equal((JobState.Succeeded, "expired 3 payments", null), (run.State, run.Detail, run.Reason));
        Assert.Equal(("payment:expiry", ExpirePaymentsJob.Definition.Queue, 1), (run.JobType, run.Queue, run.Attempt));
        Assert.Equal([new JobAttempt(id, 1)], worker.Jobs.AttemptsOf(message));
    }

    [Fact]
    public async Task Should_try_again_after_each_wait_under_the_same_id()
    {
        var (message, id) = (NewExpiry(), Guid.CreateVersion7());
        worker.Jobs.On(message, (attempt, _) => attempt.Number < 4
            ? throw new JobFailedException("rpc_unreachable", $"try {attempt.Number}")
            : Task.FromResult("done at last"));

        await Publish(message, id);

        var runs = await worker.WaitUntilEndedAsync(id);
        Assert.Equal([JobState.Retrying, JobState.Retrying, JobState.Retrying, JobState.Succeeded], runs.Select(r => r.State));
        Assert.Equal(["try 1", "try 2", "try 3", "done at last"], runs.Select(r => r.Detail));
        Assert.All(runs.SkipLast(1), run => Assert.Equal("rpc_unreachable", run.Reason));
        Assert.Equal([1, 2, 3, 4], runs.Select(r => r.Attempt));
        foreach (var (waited, step) in runs.Zip(runs.Skip(1), (a, b) => b.StartedAt - a.StartedAt).Zip(Steps))
        {
            Assert.True(waited >= step * (1 - DelaySteps.Jitter), $"The attempt after {step} came after {waited}");
        }
    }

    [Fact]
    public async Task Should_leave_it_in_the_error_queue_after_the_last_failure()
    {
        var (message, id) = (NewExpiry(), Guid.CreateVersion7());
        worker.Jobs.On(message, (_, _) => throw new InvalidOperationException("the table is gone"));

        await Publish(message, id);

        var runs = await worker.WaitUntilEndedAsync(id);
        Assert.Equal(4, runs.Count);
        Assert.Equal((JobState.Dead, "error", "InvalidOperationException: the table is gone"), (runs[^1].State, runs[^1].Reason, runs[^1].Detail));
        var letter = await worker.Broker.WaitUntilFoundAsync(QueueNames.ErrorsOf(ExpirePaymentsJob.Definition.Queue), m => m.Properties.MessageId == id.ToString());
        Assert.Contains("the table is gone", letter.Header("MT-Fault-Message"), StringComparison.Ordinal);
        Assert.Equal(message.RunAt, letter.Enveloped.GetProperty("run_at").GetDateTimeOffset());
    }

    [Fact]
    public async Task Should_count_an_attempt_that_takes_too_long_as_failed()
    {
        var (message, id) = (new CheckWalletBalances { RunAt = NewTick() }, Guid.CreateVersion7());
        worker.Jobs.On(message, async (_, stop) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
            return "never";
        });

        await Publish(message, id);

        var runs = await worker.WaitUntilEndedAsync(id);
        Assert.Equal(4, runs.Count);
        Assert.All(runs, run => Assert.Equal("timeout", run.Reason));
        Assert.Equal(JobState.Dead, runs[^1].State);
        var letter = await worker.Broker.WaitUntilFoundAsync(QueueNames.ErrorsOf(CheckWalletBalancesJob.Definition.Queue), m => m.Properties.MessageId == id.ToString());
        Assert.Contains("took longer than 00:00:00.2", letter.Header("MT-Fault-Message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_count_a_call_that_was_cancelled_inside_the_job_as_failed()
    {
        var (message, id) = (NewExpiry(), Guid.CreateVersion7());
        worker.Jobs.On(message, (_, _) => throw new TaskCanceledException("the answer took too long"));

        await Publish(message, id);

        Assert.Equal(["error", "error", "error", "error"], (await worker.WaitUntilEndedAsync(id)).Select(r => r.Reason));
        await worker.Broker.WaitUntilFoundAsync(QueueNames.ErrorsOf(ExpirePaymentsJob.Definition.Queue), m => m.Properties.MessageId == id.ToString());
    }

    [Fact]
    public async Task Should_run_a_tick_once_that_is_published_twice()
    {
        var (message, next) = (NewExpiry(), NewExpiry());
        var id = JobId.OfTick(ExpirePaymentsJob.Definition, message.RunAt);

        await Publish(message, id);
        await worker.WaitUntilEndedAsync(id);
        await Publish(message, id);
        await PublishJson(ExpirePaymentsJob.Definition.Queue, $$"""{"run_at":"{{message.RunAt:O}}"}""");
        await Eventually.Read(
            () => worker.Broker.Peek(ExpirePaymentsJob.Definition.Queue), left => left.Count == 0, "the queue is empty");
        await Publish(next, JobId.OfTick(ExpirePaymentsJob.Definition, next.RunAt));
        await worker.WaitUntilEndedAsync(JobId.OfTick(ExpirePaymentsJob.Definition, next.RunAt));

        Assert.Single(worker.Jobs.AttemptsOf(message));
        Assert.Single(await worker.Runs(id));
    }

    [Fact]
    public async Task Should_take_plain_JSON_and_keep_its_job_for_every_attempt()
    {
        var message = NewExpiry();
        var id = JobId.OfTick(ExpirePaymentsJob.Definition, message.RunAt);
        worker.Jobs.On(message, (attempt, _) => attempt.Number == 1 ? throw new JobFailedException("busy", "not now") : Task.FromResult("done"));

        await PublishJson(ExpirePaymentsJob.Definition.Queue, $$"""{"run_at":"{{message.RunAt:O}}"}""");

        Assert.Equal([JobState.Retrying, JobState.Succeeded], (await worker.WaitUntilEndedAsync(id)).Select(r => r.State));
        Assert.Equal([new JobAttempt(id, 1), new JobAttempt(id, 2)], worker.Jobs.AttemptsOf(message));
    }

    [Theory]
    [InlineData("many")]
    [InlineData(-2)]
    [InlineData(int.MaxValue)]
    public async Task Should_make_every_attempt_whatever_the_publisher_says_of_earlier_ones(object redeliveries)
    {
        var message = NewExpiry();
        var id = JobId.OfTick(ExpirePaymentsJob.Definition, message.RunAt);
        worker.Jobs.On(message, (_, _) => throw new JobFailedException("busy", "not now"));

        await PublishJson(ExpirePaymentsJob.Definition.Queue, $$"""{"run_at":"{{message.RunAt:O}}"}""", new BasicProperties
        {
            MessageId = Guid.Empty.ToString(),
            Headers = new Dictionary<string, object?>
            {
                ["MT-Redelivery-Count"] = redeliveries,
                ["MT-OriginalMessageId"] = "order-7",
                [EnqueuedAt.Header] = "253402300800000",
            },
        });

        Assert.Equal([1, 2, 3, 4], (await worker.WaitUntilEndedAsync(id)).Select(r => r.Attempt));
    }

    [Fact]
    public async Task Should_write_a_report_again_that_is_asked_for_again()
    {
        var message = new GenerateSettlementReport { Date = new DateOnly(2026, 1, 31) };
        worker.Jobs.On(message, (attempt, _) => attempt.Number == 1 ? throw new JobFailedException("busy", "not now") : Task.FromResult("done"));

        await PublishJson(GenerateSettlementReportJob.Definition.Queue, """{"date":"2026-01-31"}""");
        await PublishJson(GenerateSettlementReportJob.Definition.Queue, """{"date":"2026-01-31"}""");

        var attempts = await Eventually.Read(() => Task.FromResult(worker.Jobs.AttemptsOf(message)), made => made.Length == 4, "both are tried twice");
        var jobs = attempts.GroupBy(a => a.JobId).ToArray();
        Assert.Equal(2, jobs.Length);
        Assert.All(jobs, job => Assert.Equal([1, 2], job.Select(a => a.Number).Order()));
    }

    /// <summary>The previous worker's publishers write a time for a date. Where the business is it may be the next day by then.</summary>
    [Theory]
    [InlineData("2026-11-21T00:00:00Z", 21)]
    [InlineData("2026-11-21T17:00:00Z", 22)]
    [InlineData("2026-11-23T23:59:59+07:00", 23)]
    [InlineData("2026-11-24T00:00:00", 24)]
    public async Task Should_take_a_time_for_the_business_day_that_it_is_in(string date, int day)
    {
        var message = new GenerateSettlementReport { Date = new DateOnly(2026, 11, day) };
        worker.Jobs.On(message, (_, _) => Task.FromResult("done"));

        await PublishJson(GenerateSettlementReportJob.Definition.Queue, $$"""{"date":"{{date}}"}""");

        await Eventually.Read(() => Task.FromResult(worker.Jobs.AttemptsOf(message)), made => made.Length == 1, $"the report of {message.Date} is asked for");
    }

    [Theory]
    [InlineData("periodic", """{"run_at":"yesterday"}""", "run_at")]
    [InlineData("periodic", "{}", "run_at")]
    [InlineData("reports", """{"date":"2026-02-30"}""", "date")]
    [InlineData("monitoring", "not JSON", "cannot be read")]
    public async Task Should_keep_what_cannot_be_read_with_the_reason(string queue, string body, string named)
    {
        await PublishJson(queue, body);

        var letter = await worker.Broker.WaitUntilFoundAsync(QueueNames.ErrorsOf(queue), m => m.Text == body);
        Assert.Contains(named, letter.Header("MT-Fault-Message"), StringComparison.Ordinal);
    }

    private static DateTimeOffset NewTick() => new DateTimeOffset(2026, 1, 31, 8, 0, 0, TimeSpan.Zero).AddMinutes(Interlocked.Increment(ref _ticks));

    private static ExpirePayments NewExpiry() => new() { RunAt = NewTick() };

    private Task Publish<T>(T message, Guid id)
        where T : class => worker.Bus.Publish(message, publish => publish.MessageId = id, Cancellation);

    private Task PublishJson(string queue, string json, BasicProperties? properties = null)
    {
        properties ??= new BasicProperties();
        (properties.Persistent, properties.ContentType) = (true, "application/json");
        return worker.Broker.Publish("", queue, Encoding.UTF8.GetBytes(json), properties);
    }
}
