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
    public async Task Should_count_the_dead_ones_of_each_queue_with_the_oldest()
    {
        var queue = $"q{Guid.CreateVersion7():N}"[..20];
        await database.AddAsync(Letter(queue: queue, diedAt: Now), Letter(queue: queue, diedAt: Now.AddHours(-1)));

        Assert.Contains(new DeadLetterCount(queue, 2, Now.AddHours(-1)), await Letters.CountByQueueAsync(Cancellation));
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
}
