using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>What trials found (docs/faults.md: A11, A22).</summary>
public abstract class When_jobs_are_listed(TestDatabase database)
{
    private readonly string _merchant = Guid.CreateVersion7().ToString();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_give_the_runs_of_a_job_in_the_order_of_its_attempts()
    {
        var job = Guid.CreateVersion7();
        await RecordAsync(job, 0, JobState.Retrying, attempt: 1);
        await RecordAsync(job, 10, JobState.Retrying, attempt: 2);
        await RecordAsync(job, 70, JobState.Succeeded, attempt: 3);
        await RecordAsync(Guid.CreateVersion7(), 5);

        var runs = await database.Get<JobHistory>().GetAsync(job, Cancellation);

        Assert.Equal([1, 2, 3], runs.Select(run => run.Attempt));
        Assert.All(runs, run => Assert.Equal(job, run.JobId));
    }

    [Fact]
    public async Task Should_find_a_job_by_what_its_webhook_is_about_wherever_it_stands()
    {
        var (job, reference) = (Guid.CreateVersion7(), $"order {Guid.CreateVersion7()}");
        var first = Rows.Run(job, Rows.Noon, JobState.Retrying, merchantId: _merchant);
        await database.Get<JobRecorder>().RecordAsync(About(first, reference), Cancellation);
        await RecordAsync(job, 10, JobState.Dead, attempt: 2);
        await database.Get<JobRecorder>().RecordAsync(About(Rows.Run(Guid.CreateVersion7(), Rows.Noon, merchantId: _merchant), reference + "0"), Cancellation);

        var found = await ListAsync(new JobFilter { Reference = reference });
        var elsewhere = await ListAsync(new JobFilter { Reference = reference, State = JobState.Succeeded });

        Assert.Equal((job, JobState.Dead), found.Jobs.Select(run => (run.JobId, run.State)).Single());
        Assert.Empty(elsewhere.Jobs);

        static JobRun About(JobRun run, string reference) => new()
        {
            RunId = run.RunId,
            JobId = run.JobId,
            JobType = run.JobType,
            Queue = run.Queue,
            Attempt = run.Attempt,
            State = run.State,
            MerchantId = run.MerchantId,
            Event = run.Event,
            Reference = reference,
            StartedAt = run.StartedAt,
            DurationMs = run.DurationMs,
        };
    }

    [Fact]
    public async Task Should_show_each_job_once_as_its_latest_run_left_it()
    {
        var job = Guid.CreateVersion7();
        await RecordAsync(job, 0, JobState.Retrying, attempt: 1);
        await RecordAsync(job, 10, JobState.Succeeded, attempt: 2);

        var page = await ListAsync(new JobFilter { MerchantId = _merchant });
        var retrying = await ListAsync(new JobFilter { MerchantId = _merchant, State = JobState.Retrying });

        Assert.Equal((job, JobState.Succeeded, 2), page.Jobs.Select(run => (run.JobId, run.State, run.Attempt)).Single());
        Assert.Null(page.Next);
        Assert.Empty(retrying.Jobs);
    }

    // Two workers whose clocks differ.
    [Fact]
    public async Task Should_let_an_attempt_win_over_the_queued_row_of_a_worker_whose_clock_is_ahead()
    {
        var job = Guid.CreateVersion7();
        await RecordAsync(job, 1, JobState.Queued, attempt: 0);
        await RecordAsync(job, 0, JobState.Retrying, attempt: 1);

        await StandsAsync(job, JobState.Retrying, attempt: 1);
    }

    // Attempt 3 is recorded again after servers came back.
    [Fact]
    public async Task Should_let_the_highest_attempt_win_over_an_earlier_one_that_is_recorded_later()
    {
        var job = Guid.CreateVersion7();
        for (var attempt = 1; attempt <= 6; attempt++)
        {
            await RecordAsync(job, attempt, attempt < 6 ? JobState.Retrying : JobState.Dead, attempt);
        }

        await RecordAsync(job, 60, JobState.Retrying, attempt: 3);

        await StandsAsync(job, JobState.Dead, attempt: 6);
    }

    [Fact]
    public async Task Should_let_a_success_win_over_a_higher_attempt_of_its_round()
    {
        var job = Guid.CreateVersion7();
        await RecordAsync(job, 0, JobState.Retrying, attempt: 1);
        await RecordAsync(job, 1, JobState.Succeeded, attempt: 2);
        await RecordAsync(job, 2, JobState.Retrying, attempt: 3);

        await StandsAsync(job, JobState.Succeeded, attempt: 2);
    }

    [Fact]
    public async Task Should_let_a_later_round_win_whatever_the_clocks_say()
    {
        var job = Guid.CreateVersion7();
        await RecordAsync(job, 60, JobState.Succeeded, attempt: 6);
        await RecordAsync(job, 50, JobState.Queued, attempt: 0, round: 1);
        await StandsAsync(job, JobState.Queued, attempt: 0);

        await RecordAsync(job, 40, JobState.Retrying, attempt: 1, round: 1);
        await StandsAsync(job, JobState.Retrying, attempt: 1);
    }

    [Fact]
    public async Task Should_send_a_job_again_in_a_round_that_it_has_not_had()
    {
        var job = Guid.CreateVersion7();
        await RecordAsync(job, 60, JobState.Dead, attempt: 6, round: 2);
        await RecordAsync(job, 70, JobState.Dead, attempt: 6, round: 1);

        Assert.Equal(3, await database.Get<JobHistory>().FindNextRoundAsync(job, Cancellation));
        Assert.Equal(1, await database.Get<JobHistory>().FindNextRoundAsync(Guid.CreateVersion7(), Cancellation));
    }

    [Fact]
    public async Task Should_go_through_all_pages_newest_first_without_gap_or_repeat()
    {
        // Several runs start at the same time, so that the cursor has to tell them apart.
        for (var i = 0; i < 25; i++)
        {
            await RecordAsync(Guid.CreateVersion7(), i / 5);
        }

        List<JobRun> seen = [];
        JobCursor? cursor = null;
        do
        {
            var page = await database.Get<JobHistory>().ListAsync(new JobFilter { MerchantId = _merchant }, cursor, 4, Cancellation);
            Assert.InRange(page.Jobs.Count, 1, 4);
            seen.AddRange(page.Jobs);
            cursor = page.Next is { } next ? JobCursor.Parse(next.ToString(), null) : null;
        }
        while (cursor is not null);

        Assert.Equal(25, seen.DistinctBy(run => run.RunId).Count());
        Assert.Equal(seen.OrderByDescending(run => run.StartedAt).ThenByDescending(run => run.RunId).Select(run => run.RunId), seen.Select(run => run.RunId));
    }

    [Fact]
    public async Task Should_not_repeat_a_job_when_new_ones_arrive_between_pages()
    {
        for (var i = 0; i < 4; i++)
        {
            await RecordAsync(Guid.CreateVersion7(), i);
        }

        var filter = new JobFilter { MerchantId = _merchant };
        var first = await database.Get<JobHistory>().ListAsync(filter, null, 2, Cancellation);
        await RecordAsync(Guid.CreateVersion7(), 100);
        var second = await database.Get<JobHistory>().ListAsync(filter, first.Next, 2, Cancellation);

        Assert.Equal([3, 2, 1, 0], first.Jobs.Concat(second.Jobs).Select(run => (int)(run.StartedAt - Rows.Noon).TotalSeconds));
        Assert.Null(second.Next);
    }

    [Fact]
    public async Task Should_narrow_by_every_condition()
    {
        var job = Guid.CreateVersion7();
        await database.Get<JobRecorder>().RecordAsync(
            new JobRun
            {
                RunId = Guid.CreateVersion7(),
                JobId = job,
                JobType = "payment:expiry",
                Queue = "periodic",
                Attempt = 1,
                State = JobState.Dead,
                MerchantId = _merchant,
                Event = "payment.expired",
                StartedAt = Rows.Noon,
                DurationMs = 1,
            },
            Cancellation);
        await RecordAsync(Guid.CreateVersion7(), 10);

        var mine = new JobFilter { MerchantId = _merchant };
        JobFilter[] matching =
        [
            mine with { State = JobState.Dead },
            mine with { Queue = "periodic" },
            mine with { JobType = "payment:expiry" },
            mine with { Event = "payment.expired" },
            mine with { To = Rows.Noon.AddSeconds(10) },
            mine with { From = Rows.Noon, To = Rows.Noon.AddSeconds(1), State = JobState.Dead, Queue = "periodic", JobType = "payment:expiry", Event = "payment.expired" },
        ];
        foreach (var filter in matching)
        {
            Assert.Equal([job], (await ListAsync(filter)).Jobs.Select(run => run.JobId));
        }

        Assert.Equal(2, (await ListAsync(mine with { From = Rows.Noon })).Jobs.Count);
        Assert.Single((await ListAsync(mine with { From = Rows.Noon.AddSeconds(1) })).Jobs);
        Assert.Empty((await ListAsync(new JobFilter { MerchantId = "nobody" })).Jobs);
    }

    [Fact]
    public async Task Should_keep_one_row_of_a_run_that_is_recorded_twice()
    {
        var run = Rows.Run(Guid.CreateVersion7(), Rows.Noon);

        await database.Get<JobRecorder>().RecordAsync(run, Cancellation);
        await database.Get<JobRecorder>().RecordAsync(run, Cancellation);

        Assert.Single(await database.Get<JobHistory>().GetAsync(run.JobId, Cancellation));
    }

    [Fact]
    public async Task Should_store_text_that_a_database_refuses_as_text_that_it_takes()
    {
        var run = new JobRun
        {
            RunId = Guid.CreateVersion7(),
            JobId = Guid.CreateVersion7(),
            JobType = "webhook:delivery",
            Queue = "webhooks",
            Attempt = 1,
            State = JobState.Retrying,
            Detail = $"a\0b\ud800c{new string('d', 2_000)}",
            MerchantId = new string('m', 300),
            StartedAt = Rows.Noon,
            DurationMs = 1,
        };

        await database.Get<JobRecorder>().RecordAsync(run, Cancellation);

        var stored = Assert.Single(await database.Get<JobHistory>().GetAsync(run.JobId, Cancellation));
        Assert.Equal($"ab\ufffdc{new string('d', 1_020)}", stored.Detail);
        Assert.Equal(new string('m', 255), stored.MerchantId);
    }

    private async Task StandsAsync(Guid job, JobState state, int attempt)
    {
        var last = (await database.Get<JobHistory>().GetAsync(job, Cancellation))[^1];
        var listed = Assert.Single((await ListAsync(new JobFilter { MerchantId = _merchant })).Jobs);
        Assert.Equal((state, attempt), (last.State, last.Attempt));
        Assert.Equal((job, last.RunId), (listed.JobId, listed.RunId));
        foreach (var other in Enum.GetValues<JobState>())
        {
            Assert.Equal(other == state ? 1 : 0, (await ListAsync(new JobFilter { MerchantId = _merchant, State = other })).Jobs.Count);
        }
    }

    private async Task<JobPage> ListAsync(JobFilter filter) => await database.Get<JobHistory>().ListAsync(filter, null, 50, Cancellation);

    private Task RecordAsync(Guid job, int second, JobState state = JobState.Succeeded, int attempt = 1, short round = 0) =>
        database.Get<JobRecorder>().RecordAsync(Rows.Run(job, Rows.Noon.AddSeconds(second), state, attempt, _merchant, round), Cancellation);
}
