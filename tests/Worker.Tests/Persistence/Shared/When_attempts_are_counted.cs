using Gateway.Persistence;
using Gateway.Persistence.Figures;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>Figures are read from counts, so these must be what was recorded, the same on every database.</summary>
public abstract class When_attempts_are_counted(TestDatabase database)
{
    private readonly string _queue = $"queue {Guid.CreateVersion7():N}";
    private readonly string _merchant = Guid.CreateVersion7().ToString();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_count_by_minute_and_outcome_with_how_long_they_took()
    {
        var minute = new DateTime(2026, 2, 28, 12, 7, 0, DateTimeKind.Utc);
        await RecordAsync(
            Attempt(minute, JobState.Succeeded, durationMs: 5),
            Attempt(minute.AddSeconds(59.9), JobState.Succeeded, durationMs: 6),
            Attempt(minute.AddSeconds(60), JobState.Succeeded, durationMs: 1),
            Attempt(minute, JobState.Retrying, durationMs: 30_000, attempt: 2),
            Attempt(minute, JobState.Dead, durationMs: 2_000_000, attempt: 6),
            Attempt(minute, JobState.Skipped, durationMs: 0),
            Attempt(minute, JobState.Queued, durationMs: 0, attempt: 0));

        var counts = await CountsAsync();

        Assert.Equal(
            [
                "12:07 Succeeded 2 0 [0]=1 [1]=1", "12:07 Retrying 1 1 [12]=1", "12:07 Dead 1 1 [18]=1", "12:07 Skipped 1 0 ",
                "12:08 Succeeded 1 0 [0]=1"
            ],
            counts.Select(Describe));
        Assert.All(counts, count => Assert.Equal(database.Get<WorkerIdentity>().WorkerId, count.WorkerId));
    }

    [Fact]
    public async Task Should_add_what_later_commits_record_of_the_same_minute()
    {
        await RecordAsync(Attempt(Rows.Noon, JobState.Succeeded, durationMs: 3));
        await RecordAsync(Attempt(Rows.Noon, JobState.Succeeded, durationMs: 3), Attempt(Rows.Noon, JobState.Succeeded, durationMs: 70));

        Assert.Equal("12:00 Succeeded 3 0 [0]=2 [4]=1", Describe(Assert.Single(await CountsAsync())));
    }

    // The answer to a commit was lost, or a message came again after a crash.
    [Fact]
    public async Task Should_count_no_attempt_twice_that_is_recorded_again()
    {
        JobRecord[] first = [new() { Run = Attempt(Rows.Noon, JobState.Succeeded, durationMs: 3) }];
        JobRecord[] again = [.. first, new() { Run = Attempt(Rows.Noon, JobState.Retrying, durationMs: 3) }];
        var writer = database.Get<IJobRunWriter>();
        await using (writer)
        {
            await writer.WriteAsync(first, Cancellation);
            await writer.WriteMissingAsync(again, Cancellation);
            await writer.WriteMissingAsync(again, Cancellation);
        }

        Assert.Equal(["12:00 Succeeded 1 0 [0]=1", "12:00 Retrying 1 0 [0]=1"], (await CountsAsync()).Select(Describe));
    }

    [Fact]
    public async Task Should_count_a_delivery_that_its_merchant_had_already_as_skipped()
    {
        await RecordAsync(Attempt(Rows.Noon, JobState.Succeeded, durationMs: 0, reason: "already_delivered"));

        Assert.Equal("12:00 Skipped 1 0 ", Describe(Assert.Single(await CountsAsync())));
    }

    [Fact]
    public async Task Should_add_to_a_merchants_counts_what_was_gathered_since()
    {
        await RecordAsync(Attempt(Rows.Noon, JobState.Succeeded, durationMs: 3), Attempt(Rows.Noon, JobState.Dead, durationMs: 3));
        await database.Get<MerchantCounts>().FlushAsync(Cancellation);
        await RecordAsync(Attempt(Rows.Noon.AddMinutes(59), JobState.Succeeded, durationMs: 90, attempt: 2), Attempt(Rows.Noon.AddMinutes(61), JobState.Succeeded, durationMs: 3));
        await database.Get<MerchantCounts>().FlushAsync(Cancellation);

        await using var db = database.CreateContext();
        var counts = await db.MerchantCounts.Where(count => count.MerchantId == _merchant).OrderBy(count => count.StartsAt)
            .ThenBy(count => count.Outcome).ToListAsync(Cancellation);
        Assert.Equal(
            ["12:00 payment.completed Succeeded 2 1 [0]=1 [4]=1", "12:00 payment.completed Dead 1 0 [0]=1", "13:00 payment.completed Succeeded 1 0 [0]=1"],
            counts.Select(count => $"{count.StartsAt:HH:mm} {count.Event} {Describe(count)}"));
    }

    [Fact]
    public async Task Should_fold_minutes_to_hours_after_a_week_and_forget_them_after_three_months()
    {
        var now = new DateTime(2001, 1, 1, 12, 30, 0, DateTimeKind.Utc);
        await database.AddAsync(
            Count(now.AddDays(-91), 1), Count(now.AddDays(-8).AddMinutes(1), 2), Count(now.AddDays(-8).AddMinutes(2), 3), Count(now.AddDays(-8).AddMinutes(2), 4),
            Count(now.AddDays(-8).AddHours(1), 5), Count(now.AddDays(-7), 6), Count(now.AddDays(-1), 7),
            new MerchantCount { StartsAt = now.AddDays(-91), MerchantId = _merchant, Event = "e", Outcome = JobState.Dead, Attempts = 1 },
            new MerchantCount { StartsAt = now.AddDays(-89), MerchantId = _merchant, Event = "e", Outcome = JobState.Dead, Attempts = 2 });

        for (var time = 1; time <= 2; time++)
        {
            await database.Get<CountRetention>().RunAsync(now, TimeSpan.Zero, TimeProvider.System, Cancellation);

            var counts = await CountsAsync();
            Assert.Equal(
                ["24 12:00 all 9 [3]=9", "24 13:00 all 5 [3]=5", "25 12:30 one 6 [3]=6", "31 12:30 one 7 [3]=7"],
                counts.Select(count =>
                    $"{count.StartsAt:dd HH:mm} {(count.WorkerId == JobCount.AllWorkers ? "all" : "one")} {count.Attempts} {Buckets(count)}"));
        }

        await using var db = database.CreateContext();
        Assert.Equal([2], await db.MerchantCounts.Where(count => count.MerchantId == _merchant).Select(count => count.Attempts).ToListAsync(Cancellation));
    }

    private JobCount Count(DateTime startsAt, int attempts)
    {
        var durations = new int[DurationBuckets.Count];
        durations[3] = attempts;
        return new()
        {
            StartsAt = startsAt,
            WorkerId = Guid.CreateVersion7(),
            JobType = "webhook:delivery",
            Queue = _queue,
            Outcome = JobState.Succeeded,
            Attempts = attempts,
            Durations = durations,
        };
    }

    private JobRun Attempt(DateTime startedAt, JobState state, int durationMs, int attempt = 1, string? reason = null) => new()
    {
        RunId = RunId.At(startedAt),
        JobId = Guid.CreateVersion7(),
        JobType = "webhook:delivery",
        Queue = _queue,
        Attempt = attempt,
        State = state,
        Reason = reason,
        MerchantId = _merchant,
        Event = "payment.completed",
        StartedAt = startedAt,
        DurationMs = durationMs,
    };

    private Task RecordAsync(params JobRun[] runs) =>
        Task.WhenAll(runs.Select(run => database.Get<JobRecorder>().RecordAsync(run, Cancellation)));

    private async Task<List<JobCount>> CountsAsync()
    {
        await using var db = database.CreateContext();
        return await db.JobCounts.Where(count => count.Queue == _queue).OrderBy(count => count.StartsAt).ThenBy(count => count.Outcome)
            .ToListAsync(Cancellation);
    }

    private static string Describe(JobCount count) => $"{count.StartsAt:HH:mm} {Describe((AttemptCount)count)}";

    private static string Describe(AttemptCount count) => $"{count.Outcome} {count.Attempts} {count.Retries} {Buckets(count)}";

    private static string Buckets(AttemptCount count) =>
        string.Join(' ', count.Durations.Index().Where(bucket => bucket.Item > 0).Select(bucket => $"[{bucket.Index}]={bucket.Item}"));
}
