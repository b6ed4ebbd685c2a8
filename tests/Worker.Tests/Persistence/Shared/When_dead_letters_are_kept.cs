using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>How dead letters are written, found, put back and dropped, the same on every database.</summary>
public abstract class When_dead_letters_are_kept(TestDatabase database)
{
    private static readonly DateTime Now = Rows.Noon;

    // Tests of one class share a database, and see their own merchant's letters alone.
    private readonly string _merchant = Guid.CreateVersion7().ToString();

    private DeadLetterFilter Mine => new() { MerchantId = _merchant };

    private DeadLetterStore Letters => database.Get<DeadLetterStore>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_keep_one_letter_that_is_taken_in_twice_with_every_byte_of_it()
    {
        var letter = Letter(body: [0, 0xE9, 0xFF], headers: "{}"u8.ToArray());

        await database.Get<JobRecorder>().RecordAsync(new JobRecord { Letter = letter }, Cancellation);
        await database.Get<JobRecorder>().RecordAsync(new JobRecord { Letter = letter }, Cancellation);

        var kept = Assert.Single((await Letters.ListAsync(Mine, isNewestFirst: false, after: null, limit: 10, Cancellation)).Letters).Letter;
        Assert.Equal((letter.LetterId, letter.DiedAt, letter.Queue, letter.Reason, letter.Attempts), (kept.LetterId, kept.DiedAt, kept.Queue, kept.Reason, kept.Attempts));
        Assert.Equal(letter.Body, kept.Body);
        Assert.Equal(letter.Headers, kept.Headers);
    }

    [Fact]
    public async Task Should_keep_text_that_no_database_takes_as_far_as_it_can_be_kept()
    {
        var letter = Letter(error: $"a\0b{(char)0xD83D}{new string('x', 2_000)}");

        await database.Get<JobRecorder>().RecordAsync(new JobRecord { Letter = letter }, Cancellation);

        var kept = await Letters.FindAsync(letter.LetterId, Cancellation);
        Assert.StartsWith("ab\uFFFDxxx", kept!.Error, StringComparison.Ordinal);
        Assert.Equal(1_024, kept.Error!.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_show_page_after_page_in_order_also_of_equal_times(bool isNewestFirst)
    {
        DeadLetter[] letters = [.. Enumerable.Range(0, 10).Select(i => Letter(diedAt: Now.AddSeconds(i / 3)))];
        await database.AddAsync([.. letters]);

        var seen = new List<DeadLetter>();
        JobCursor? after = null;
        do
        {
            var page = await Letters.ListAsync(Mine, isNewestFirst, after, limit: 3, Cancellation);
            seen.AddRange(page.Letters.Select(stored => stored.Letter));
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(letters.Select(l => l.LetterId).Order(), seen.Select(l => l.LetterId).Order());
        Assert.Equal(isNewestFirst ? letters.Select(l => l.DiedAt).OrderDescending() : letters.Select(l => l.DiedAt).Order(), seen.Select(l => l.DiedAt));
    }

    [Fact]
    public async Task Should_end_a_page_early_that_would_be_large()
    {
        await database.AddAsync([.. Enumerable.Range(0, 20).Select(_ => Letter(body: new byte[DeadLetterStore.LargestShown], headers: "{}"u8.ToArray()))]);

        var page = await Letters.ListAsync(Mine, isNewestFirst: false, after: null, limit: 20, Cancellation);

        Assert.InRange(page.Letters.Count, 1, 10);
        Assert.NotNull(page.Next);
    }

    [Fact]
    public async Task Should_leave_out_a_body_that_is_too_large_to_be_shown()
    {
        await database.AddAsync(Letter(body: new byte[DeadLetterStore.LargestShown + 1], headers: "{}"u8.ToArray()));

        Assert.Null(Assert.Single((await Letters.ListAsync(Mine, isNewestFirst: false, after: null, limit: 1, Cancellation)).Letters).Letter.Body);
    }

    [Fact]
    public async Task Should_find_letters_by_everything_that_a_filter_names()
    {
        var wanted = Letter(queue: "webhooks_retry", reason: "gone", @event: "a", diedAt: Now);
        await database.AddAsync(
            wanted,
            Letter(queue: "webhooks", reason: "gone", @event: "a", diedAt: Now),
            Letter(queue: "webhooks_retry", reason: "exhausted", @event: "a", diedAt: Now),
            Letter(queue: "webhooks_retry", reason: "gone", @event: "b", diedAt: Now),
            Letter(queue: "webhooks_retry", reason: "gone", @event: "a", diedAt: Now.AddHours(1)),
            Letter(queue: "webhooks_retry", reason: "gone", @event: "a", diedAt: Now.AddHours(-1)));
        var filter = Mine with { Queue = "webhooks_retry", Reason = "gone", Event = "a", From = Now, To = Now.AddHours(1) };

        Assert.Equal(wanted.LetterId, Assert.Single((await Letters.ListAsync(filter, isNewestFirst: false, after: null, limit: 10, Cancellation)).Letters).Letter.LetterId);
        Assert.Equal(1, await Letters.CountAsync(filter, Cancellation));
    }

    [Fact]
    public async Task Should_show_what_a_webhook_said_and_its_attempts_where_the_letter_does_not()
    {
        var letter = Letter();
        await database.AddAsync(
            letter,
            Kept(letter),
            Rows.Run(letter.JobId!.Value, Now, JobState.Retrying, merchantId: _merchant),
            Rows.Run(letter.JobId!.Value, Now, JobState.Dead, attempt: 2, merchantId: _merchant),
            // Another merchant has a webhook under the same id.
            Kept(letter, merchant: "another", payload: "{}"),
            Rows.Run(letter.JobId!.Value, Now, JobState.Dead, attempt: 3, merchantId: "another"));

        var stored = Assert.Single((await Letters.ListAsync(Mine, isNewestFirst: false, after: null, limit: 10, Cancellation)).Letters);

        Assert.Equal("""{"amount":1.10}""", stored.Webhook!.Payload);
        Assert.Equal([1, 2], stored.Runs.Select(run => run.Attempt).Order());
    }

    [Fact]
    public async Task Should_put_back_all_that_match_once_and_say_how_far_that_is()
    {
        DeadLetter[] letters = [.. Enumerable.Range(0, 5).Select(_ => Letter())];
        await database.AddAsync([.. letters, Kept(letters[0]), WithRound(letters[0].JobId!.Value, 4)]);
        var order = Guid.CreateVersion7();

        Assert.Equal(5, await Letters.RequeueAsync(Mine, order, "ann", Now, Cancellation));
        Assert.Equal(0, await Letters.RequeueAsync(Mine, Guid.CreateVersion7(), "bob", Now, Cancellation));
        Assert.False(await Letters.DropAsync(letters[0].LetterId, "bob", Now, Cancellation));
        Assert.Equal(new RequeueProgress(5, 0, 5), await Letters.FindRequeueAsync(order, Cancellation));

        await TakeAsync(async (batch, mine) =>
        {
            var first = mine.Single(taken => taken.Letter.LetterId == letters[0].LetterId);
            Assert.Equal((short)4, first.Round);
            Assert.Equal("""{"amount":1.10}""", first.Webhook!.Payload);
            await batch.CompleteAsync([letters[0].LetterId, letters[1].LetterId], [letters[2].LetterId], Now, Cancellation);
        });

        Assert.Equal(new RequeueProgress(4, 2, 2), await Letters.FindRequeueAsync(order, Cancellation));
        Assert.Equal((DeadLetterState.Dead, (Guid?)null), await StateOfAsync(letters[2]));
        await Letters.StopRequeueAsync(order, "ann", Now, Cancellation);
        Assert.Equal(new RequeueProgress(4, 2, 0), await Letters.FindRequeueAsync(order, Cancellation));
        Assert.Equal(3, await Letters.CountAsync(Mine, Cancellation));
    }

    [Fact]
    public async Task Should_have_a_batch_again_that_was_not_completed()
    {
        var letter = Letter();
        await database.AddAsync(letter);
        Assert.True(await Letters.RequeueAsync(letter.LetterId, Guid.CreateVersion7(), "ann", Now, Cancellation));

        await TakeAsync((_, mine) =>
        {
            Assert.Single(mine);
            return Task.CompletedTask;
        });

        await TakeAsync((_, mine) =>
        {
            Assert.Single(mine);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Should_drop_more_than_one_statement_drops_and_forget_what_they_said()
    {
        var count = DeadLetterStore.DropSize + 3;
        await database.AddAsync([.. Enumerable.Range(0, count).Select(_ => Letter(body: [1], headers: "{}"u8.ToArray())), Letter(diedAt: Now.AddDays(1))]);

        Assert.Equal(count, await Letters.DropAsync(Mine with { To = Now.AddDays(1) }, "ann", Now, Cancellation));

        Assert.Equal(1, await Letters.CountAsync(Mine, Cancellation));
        var dropped = (await Letters.ListAsync(Mine with { State = DeadLetterState.Dropped }, isNewestFirst: false, after: null, limit: 1, Cancellation)).Letters[0].Letter;
        Assert.Null(dropped.Body);
        Assert.Null(dropped.Headers);
        Assert.Equal("ann", dropped.ChangedBy);
    }

    [Fact]
    public async Task Should_count_the_dead_ones_of_each_queue_with_the_oldest()
    {
        var queue = $"q{Guid.CreateVersion7():N}"[..20];
        await database.AddAsync(Letter(queue: queue, diedAt: Now), Letter(queue: queue, diedAt: Now.AddHours(-1)));

        Assert.Contains(new DeadLetterCount(queue, 2, Now.AddHours(-1)), await Letters.CountByQueueAsync(Cancellation));
    }

    // Other tests of the class leave letters that wait, too.
    private async Task TakeAsync(Func<RequeueBatch, IReadOnlyList<TakenLetter>, Task> act)
    {
        await using var batch = await Letters.TakeRequeueingAsync(Cancellation);
        await act(batch, [.. batch.Letters.Where(taken => taken.Letter.MerchantId == _merchant)]);
    }

    private async Task<(DeadLetterState State, Guid? RequeueId)> StateOfAsync(DeadLetter letter)
    {
        await using var db = database.CreateContext();
        var found = await db.FindAsync<DeadLetter>([letter.LetterId], Cancellation);
        return (found!.State, found.RequeueId);
    }

    private DeadLetter Letter(
        string queue = "webhooks", string reason = "exhausted", string @event = "payment.completed", DateTime? diedAt = null, string? error = null, byte[]? body = null, byte[]? headers = null) => new()
        {
            LetterId = Guid.CreateVersion7(),
            DiedAt = diedAt ?? Now,
            Queue = queue,
            JobId = Guid.CreateVersion7(),
            MerchantId = _merchant,
            Event = @event,
            Reason = reason,
            Error = error,
            Attempts = 6,
            Body = body,
            Headers = headers,
        };

    private static KeptWebhook Kept(DeadLetter letter, string? merchant = null, string payload = """{"amount":1.10}""") => new()
    {
        DeliveryId = letter.JobId!.Value,
        MerchantId = merchant ?? letter.MerchantId!,
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
