using Gateway.Persistence.Bulk;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>How bulk jobs put back and drop dead letters page by page, the same on every database.</summary>
public abstract class When_letters_are_dealt_with_in_bulk(TestDatabase database)
{
    private static readonly DateTime Now = Rows.Noon;

    // Tests of one class share a database, and see their own merchant's letters alone.
    private readonly string _merchant = Guid.CreateVersion7().ToString();

    private DeadLetterFilter Mine => new() { MerchantId = _merchant };

    private BulkJobStore Jobs => database.Get<BulkJobStore>();

    private LetterPages Pages => database.Get<LetterPages>();

    private DeadLetterStore Letters => database.Get<DeadLetterStore>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_put_back_all_that_match_once_and_say_how_far_that_is()
    {
        var letters = await BuryAsync(5);
        await database.AddAsync(Kept(letters[0]), WithRound(letters[0].JobId!.Value, 4));
        var job = await BeginAsync(BulkKind.Requeue, total: 5, rate: 3);

        var batch = await Pages.TakeNextAsync(job, Now, Cancellation);
        Assert.Equal(letters.Take(3).Select(l => l.LetterId), batch.Letters.Select(taken => taken.Letter.LetterId));
        Assert.Equal(((short)4, """{"amount":1.10}"""), (batch.Letters[0].Round, batch.Letters[0].Webhook?.Payload));
        Assert.False(await Letters.DropAsync(letters[0].LetterId, "bob", Now, Cancellation));
        await Pages.CompleteAsync(job, batch, [letters[0].LetterId, letters[1].LetterId], [letters[2].LetterId], Now, Cancellation);
        job = await ReadAsync(job);
        Assert.Equal((2, BulkState.Running, Now.AddSeconds(1)), (job.Done, job.State, job.NextAt));
        Assert.Equal((DeadLetterState.Dead, (Guid?)null), await StateOfAsync(letters[2]));

        // What cannot be sent is passed over, not tried for ever.
        var rest = await Pages.TakeNextAsync(job, Now, Cancellation);
        Assert.Equal(letters.Skip(3).Select(l => l.LetterId), rest.Letters.Select(taken => taken.Letter.LetterId));
        await Pages.CompleteAsync(job, rest, [letters[3].LetterId, letters[4].LetterId], [], Now, Cancellation);

        job = await ReadAsync(job);
        Assert.Equal((4, BulkState.Done), (job.Done, job.State));
        Assert.Equal(1, await Letters.CountAsync(Mine, Cancellation));
    }

    [Fact]
    public async Task Should_have_a_batch_again_that_was_not_completed()
    {
        var letters = await BuryAsync(5);
        var job = await BeginAsync(BulkKind.Requeue, total: 5, rate: 3);

        var first = await Pages.TakeNextAsync(job, Now, Cancellation);
        // The broker has confirmed one when the worker dies or the broker goes away.
        await Pages.CompleteAsync(job, first, [letters[1].LetterId], [], Now, Cancellation);
        var again = await Pages.TakeNextAsync(await ReadAsync(job), Now, Cancellation);

        Assert.Equal([letters[0].LetterId, letters[2].LetterId], again.Letters.Select(taken => taken.Letter.LetterId));
        await Pages.CompleteAsync(job, again, [.. again.Letters.Select(taken => taken.Letter.LetterId)], [], Now, Cancellation);
        var next = await Pages.TakeNextAsync(await ReadAsync(job), Now, Cancellation);
        Assert.Equal([letters[3].LetterId, letters[4].LetterId], next.Letters.Select(taken => taken.Letter.LetterId));
    }

    [Fact]
    public async Task Should_let_go_of_what_it_had_taken_when_it_is_stopped_and_take_that_again_when_it_goes_on()
    {
        var letters = await BuryAsync(4);
        var job = await BeginAsync(BulkKind.Requeue, total: 4, rate: 2);
        await Pages.TakeNextAsync(job, Now, Cancellation);

        Assert.True(await Jobs.StopAsync(job.BulkJobId, "bob", Now, Cancellation));
        Assert.False(await Jobs.StopAsync(job.BulkJobId, "bob", Now, Cancellation));
        Assert.Equal(4, await Letters.CountAsync(Mine, Cancellation));
        // The worker that was at it finds nothing more to do.
        Assert.Empty((await Pages.TakeNextAsync(job, Now, Cancellation)).Letters);
        Assert.Null(await Jobs.TakeTurnAsync(job, Cancellation));

        Assert.True(await Jobs.ResumeAsync(job.BulkJobId, Now, Cancellation));
        var batch = await Pages.TakeNextAsync(await ReadAsync(job), Now, Cancellation);
        Assert.Equal(letters.Take(2).Select(l => l.LetterId), batch.Letters.Select(taken => taken.Letter.LetterId));
    }

    [Fact]
    public async Task Should_share_the_letters_between_two_jobs_that_are_about_the_same()
    {
        var letters = await BuryAsync(10);
        var (requeue, drop) = (await BeginAsync(BulkKind.Requeue, total: 10, rate: 2), await BeginAsync(BulkKind.Drop, total: 10, rate: 3));

        while (requeue.State == BulkState.Running || drop.State == BulkState.Running)
        {
            var batch = await Pages.TakeNextAsync(requeue, Now, Cancellation);
            await Pages.DropNextAsync(drop, Now, Cancellation);
            await Pages.CompleteAsync(requeue, batch, [.. batch.Letters.Select(taken => taken.Letter.LetterId)], [], Now, Cancellation);
            (requeue, drop) = (await ReadAsync(requeue), await ReadAsync(drop));
        }

        Assert.Equal(10, requeue.Done + drop.Done);
        Assert.All([requeue.Done, drop.Done], done => Assert.InRange(done, 1, 9));
        var ends = await Task.WhenAll(letters.Select(StateOfAsync));
        Assert.Equal(requeue.Done, ends.Count(end => end == (DeadLetterState.Requeued, requeue.BulkJobId)));
        Assert.Equal(drop.Done, ends.Count(end => end == (DeadLetterState.Dropped, drop.BulkJobId)));
    }

    [Fact]
    public async Task Should_drop_more_than_a_page_and_forget_what_they_said()
    {
        var count = LetterPages.DropSize + 3;
        await BuryAsync(count, body: [1]);
        var later = Letter(Now.AddDays(1));
        await database.AddAsync(later);
        var job = await BeginAsync(BulkKind.Drop, total: count);

        await Pages.DropNextAsync(job, Now, Cancellation);
        job = await ReadAsync(job);
        Assert.Equal((LetterPages.DropSize, BulkState.Running), (job.Done, job.State));
        await Pages.DropNextAsync(job, Now, Cancellation);

        job = await ReadAsync(job);
        Assert.Equal((count, BulkState.Done), (job.Done, job.State));
        Assert.Equal(1, await Letters.CountAsync(Mine, Cancellation));
        var dropped = (await Letters.ListAsync(Mine with { State = DeadLetterState.Dropped }, isNewestFirst: false, after: null, limit: 1, Cancellation)).Letters[0].Letter;
        Assert.Equal((null, null, "ann"), (dropped.Body, dropped.Headers, dropped.ChangedBy));
    }

    [Fact]
    public async Task Should_end_a_batch_early_whose_letters_are_large()
    {
        await BuryAsync(5, body: new byte[3 * 1024 * 1024]);
        var job = await BeginAsync(BulkKind.Requeue, total: 5);

        var batch = await Pages.TakeNextAsync(job, Now, Cancellation);

        Assert.Equal((2, false), (batch.Letters.Count, batch.IsLast));
        Assert.Equal(3, await Letters.CountAsync(Mine, Cancellation));
    }

    [Fact]
    public async Task Should_end_a_batch_early_whose_webhooks_are_large_though_they_are_kept_elsewhere()
    {
        var letters = await BuryAsync(5);
        var payload = $$"""{"text":"{{new string('x', 3 * 1024 * 1024)}}"}""";
        await database.AddAsync([.. letters.Select(letter => Kept(letter, payload))]);
        var job = await BeginAsync(BulkKind.Requeue, total: 5);

        var batch = await Pages.TakeNextAsync(job, Now, Cancellation);

        Assert.Equal((2, false), (batch.Letters.Count, batch.IsLast));
    }

    [Fact]
    public async Task Should_put_back_one_letter_and_no_other()
    {
        var letters = await BuryAsync(2);
        var job = New(BulkKind.Requeue, total: 1, letterId: letters[1].LetterId);

        Assert.True(await Jobs.AddForLetterAsync(job, Cancellation));
        Assert.False(await Jobs.AddForLetterAsync(New(BulkKind.Requeue, total: 1, letterId: letters[1].LetterId), Cancellation));

        var batch = await Pages.TakeNextAsync(job, Now, Cancellation);
        Assert.Equal((letters[1].LetterId, true), (Assert.Single(batch.Letters).Letter.LetterId, batch.IsLast));
        await Pages.CompleteAsync(job, batch, [letters[1].LetterId], [], Now, Cancellation);
        Assert.Equal((1, BulkState.Done), ((await ReadAsync(job)).Done, (await ReadAsync(job)).State));
        Assert.Equal(DeadLetterState.Dead, (await StateOfAsync(letters[0])).State);
    }

    private async Task<DeadLetter[]> BuryAsync(int count, byte[]? body = null)
    {
        DeadLetter[] letters = [.. Enumerable.Range(0, count).Select(i => Letter(Now.AddMilliseconds(i), body))];
        await database.AddAsync([.. letters]);
        return letters;
    }

    private async Task<BulkJob> BeginAsync(BulkKind kind, int total, int? rate = null)
    {
        var job = New(kind, total, rate);
        await Jobs.AddAsync(job, Cancellation);
        return job;
    }

    private BulkJob New(BulkKind kind, int total, int? rate = null, Guid? letterId = null) => new()
    {
        BulkJobId = Guid.CreateVersion7(),
        Kind = kind,
        LetterId = letterId,
        MerchantId = _merchant,
        To = Now.AddHours(1),
        RatePerSecond = rate,
        Total = total,
        NextAt = Now,
        CreatedBy = "ann",
        CreatedAt = Now,
        UpdatedAt = Now,
    };

    private async Task<BulkJob> ReadAsync(BulkJob job) => (await Jobs.FindAsync(job.BulkJobId, Cancellation))!;

    private async Task<(DeadLetterState State, Guid? BulkJobId)> StateOfAsync(DeadLetter letter)
    {
        await using var db = database.CreateContext();
        var found = await db.FindAsync<DeadLetter>([letter.LetterId], Cancellation);
        return (found!.State, found.BulkJobId);
    }

    private DeadLetter Letter(DateTime diedAt, byte[]? body = null) => new()
    {
        LetterId = Guid.CreateVersion7(),
        DiedAt = diedAt,
        Queue = "webhooks",
        JobId = Guid.CreateVersion7(),
        MerchantId = _merchant,
        Event = "payment.completed",
        Reason = "exhausted",
        Attempts = 6,
        Body = body,
        Headers = body is null ? null : "{}"u8.ToArray(),
    };

    private static KeptWebhook Kept(DeadLetter letter, string payload = """{"amount":1.10}""") => new()
    {
        DeliveryId = letter.JobId!.Value,
        MerchantId = letter.MerchantId!,
        Event = letter.Event!,
        Payload = payload,
        KeptAt = Now,
    };

    private static JobRun WithRound(Guid jobId, short round) => new()
    {
        RunId = Guid.CreateVersion7(),
        JobId = jobId,
        JobType = "webhook:delivery",
        Queue = "webhooks",
        Attempt = 1,
        Round = round,
        State = JobState.Dead,
        StartedAt = Now,
        DurationMs = 1,
    };
}
