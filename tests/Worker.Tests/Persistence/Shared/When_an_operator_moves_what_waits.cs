using System.Text;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>What operators see of the waiting room and do with it, the same on every database.</summary>
public abstract class When_an_operator_moves_what_waits(TestDatabase database) : WaitingRoomTest(database)
{
    private static readonly DateTime EndOfTime = DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc);

    protected WaitingList List => Database.Get<WaitingList>();

    protected WaitingCanceller Cancelling => Database.Get<WaitingCanceller>();

    [Fact]
    public async Task Should_list_what_is_due_first_first_by_every_filter()
    {
        var (one, other) = (await AddMerchantAsync(), await AddMerchantAsync());
        var oldest = Rows.Waiting(one, Past.AddYears(-20), attempt: 1, WaitReason.NoRoom);
        var middle = Rows.Waiting(other, Past, attempt: 3, WaitReason.CircuitOpen, "payout.completed");
        var last = Rows.Waiting(one, EndOfTime, attempt: 2, WaitReason.RetryAfter);
        last.UnreadableReason = "no JSON";
        await LetWaitAsync(last, middle, oldest);
        var released = Assert.Single(await Room.TakeAsync(Limits() with { FirstAttempts = false }, Cancellation));

        Assert.Equal([oldest, middle, last], await FindAsync(new(), oldest, middle, last));
        Assert.Equal([oldest, last], await FindAsync(new() { MerchantId = one }, oldest, middle, last));
        Assert.Equal([middle], await FindAsync(new() { DeliveryId = middle.DeliveryId }, oldest, middle, last));
        Assert.Equal([middle], await FindAsync(new() { Event = "payout.completed" }, oldest, middle, last));
        Assert.Equal([last], await FindAsync(new() { Reason = WaitReason.RetryAfter }, oldest, middle, last));
        Assert.Equal([oldest], await FindAsync(new() { IsFirstAttempt = true }, oldest, middle, last));
        Assert.Equal([middle, last], await FindAsync(new() { IsFirstAttempt = false }, oldest, middle, last));
        Assert.Equal([middle], await FindAsync(new() { DueFrom = Past, DueTo = Now }, oldest, middle, last));
        Assert.Equal([middle], await FindAsync(new() { IsOnTheRoad = true }, oldest, middle, last));
        Assert.Equal([oldest, last], await FindAsync(new() { IsOnTheRoad = false }, oldest, middle, last));
        Assert.Equal([last], await FindAsync(new() { IsUnreadable = true }, oldest, middle, last));
        Assert.Equal([oldest, middle], await FindAsync(new() { IsUnreadable = false }, oldest, middle, last));

        var page = await List.ListAsync(new WaitingFilter(), after: null, 10, Cancellation);
        Assert.Equal([oldest.DueAt, middle.DueAt, EndOfTime], page.Entries.Select(entry => entry.DueAt), CloseEnough);
        Assert.Equal([null, "on the road", null], page.Entries.Select(entry => entry.LeasedUntil is null ? null : "on the road"));
        Assert.Equal((middle.DeliveryId, 3), (released.DeliveryId, page.Entries[1].Attempt));
    }

    [Fact]
    public async Task Should_go_through_all_pages_without_gap_or_repeat()
    {
        var merchant = await AddMerchantAsync();
        // Several are due at the same time, so that the cursor has to tell them apart; and one delivery id is used for two merchants.
        var entries = Enumerable.Range(0, 20).Select(i => Rows.Waiting(merchant, i < 4 ? EndOfTime : Later.AddSeconds(i / 5))).ToArray();
        var twin = Rows.Waiting(await AddMerchantAsync(), EndOfTime, deliveryId: entries[0].DeliveryId);
        await LetWaitAsync([.. entries, twin]);

        List<WaitingEntry> seen = [];
        WaitingCursor? cursor = null;
        do
        {
            var page = await List.ListAsync(new WaitingFilter(), cursor, 4, Cancellation);
            Assert.InRange(page.Entries.Count, 1, 4);
            seen.AddRange(page.Entries);
            cursor = page.Next is { } next ? WaitingCursor.Parse(next.ToString(), null) : null;
        }
        while (cursor is not null);

        Assert.Equal(21, seen.Count);
        Assert.Equal(21, seen.Select(entry => (entry.DeliveryId, entry.MerchantId)).Distinct().Count());
        Assert.Equal(seen.Select(entry => entry.DueAt).Order(), seen.Select(entry => entry.DueAt));
    }

    [Fact]
    public async Task Should_tell_of_each_merchant_what_waits_and_why_nothing_goes_out()
    {
        var until = new DateTime(9999, 12, 31, 23, 59, 59, DateTimeKind.Utc);
        var held = await AddMerchantAsync(merchant => Held(merchant, until));
        var disabled = await AddMerchantAsync(merchant => Disabled(merchant));
        var free = await AddMerchantAsync();
        await LetWaitAsync(
            Rows.Waiting(held, Past), Rows.Waiting(held, Later, reason: WaitReason.CircuitOpen), Rows.Waiting(held, Later, reason: WaitReason.CircuitOpen),
            Rows.Waiting(disabled, Past), Rows.Waiting(disabled, Past), Rows.Waiting(free, Past));
        await Room.TakeAsync(Limits(), Cancellation);

        var all = await List.ListMerchantsAsync(merchantId: null, 10, Cancellation);
        var first = Assert.Single(await List.ListMerchantsAsync(merchantId: null, 1, Cancellation));
        var asked = Assert.Single(await List.ListMerchantsAsync(free, 10, Cancellation));

        Assert.Equal([held, disabled, free], all.Select(merchant => merchant.MerchantId));
        Assert.Equal(held, first.MerchantId);
        Assert.Equal([(WaitReason.Retry, 1), (WaitReason.CircuitOpen, 2)], first.Waiting.OrderBy(of => of.Key).Select(of => (of.Key, of.Value)));
        Assert.Equal((until, HoldReason.CircuitOpen, null, Rows.Noon, 0), (first.HeldUntil, first.HoldReason, first.DisabledSince, first.OldestSince, first.OnTheRoad));
        Assert.Equal(Past, first.NextDueAt!.Value, CloseEnough);
        Assert.Equal((null, true), (all[1].HeldUntil, all[1].DisabledSince is not null));
        Assert.Equal((free, 0, 1, null), (asked.MerchantId, asked.Waiting.Count, asked.OnTheRoad, asked.NextDueAt));
    }

    [Fact]
    public async Task Should_make_due_now_what_matches_and_say_what_is_on_the_road_already()
    {
        var merchant = await AddMerchantAsync();
        var (gone, matching, far, other) = (Rows.Waiting(merchant, Past), Rows.Waiting(merchant, Later), Rows.Waiting(merchant, EndOfTime), Rows.Waiting(merchant, Later, @event: "payout.completed"));
        await LetWaitAsync(gone, matching, far, other);
        await Room.TakeAsync(Limits(), Cancellation);
        var filter = new WaitingFilter { MerchantId = merchant, Event = "payment.completed" };

        var count = await List.CountAsync(filter, Cancellation);
        var outcome = await List.ReleaseAsync(filter, Cancellation);

        Assert.Equal(new WaitingCount(2, 1, 0), count);
        Assert.Equal((2, 1, 0, 0), (outcome.Released, outcome.OnTheRoad, outcome.OfDisabled, outcome.HoldsEnded.Count));
        var released = (await Room.TakeAsync(Limits(), Cancellation)).Select(webhook => webhook.DeliveryId);
        Assert.Equal(new HashSet<Guid> { matching.DeliveryId, far.DeliveryId }, released.ToHashSet());
    }

    [Fact]
    public async Task Should_release_all_of_a_merchant_however_many()
    {
        var merchant = await AddMerchantAsync();
        const int Many = WaitingList.BatchSize * 2;
        await LetWaitAsync([.. Enumerable.Range(0, Many).Select(i => Rows.Waiting(merchant, Later.AddSeconds(i)))]);

        var outcome = await List.ReleaseAsync(new WaitingFilter(), Cancellation);

        Assert.Equal(Many, outcome.Released);
        Assert.Equal(Many, (await Room.TakeAsync(Limits(perMerchant: Many), Cancellation)).Count);
    }

    [Fact]
    public async Task Should_end_the_hold_of_the_merchants_whose_webhooks_are_released()
    {
        var until = new DateTime(9999, 12, 31, 23, 59, 59, DateTimeKind.Utc);
        var circuit = await AddMerchantAsync(merchant => Held(merchant, until));
        var asked = await AddMerchantAsync(merchant => Held(merchant, until, HoldReason.RetryAfter));
        var untouched = await AddMerchantAsync(merchant => Held(merchant, until));
        await LetWaitAsync(Rows.Waiting(circuit, Past), Rows.Waiting(asked, EndOfTime), Rows.Waiting(untouched, Past, @event: "payout.completed"));
        Assert.Empty(await Room.TakeAsync(Limits(), Cancellation));

        var outcome = await List.ReleaseAsync(new WaitingFilter { Event = "payment.completed" }, Cancellation);
        var released = await Room.TakeAsync(Limits(), Cancellation);

        Assert.Equal((2, 0), (outcome.Released, outcome.OfDisabled));
        Assert.Equal(new HashSet<Guid> { circuit, asked }, outcome.HoldsEnded.ToHashSet());
        Assert.Equal(new HashSet<Guid> { circuit, asked }, released.Select(webhook => webhook.MerchantId).ToHashSet());
        Assert.All(released, webhook => Assert.False(webhook.IsProbe));
        await using var db = Database.CreateContext();
        var endpoint = await db.WebhookEndpoints.SingleAsync(e => e.MerchantId == circuit, Cancellation);
        Assert.Equal((null, null, null, null, 0), (endpoint.HeldUntil, endpoint.HeldSince, endpoint.HoldReason, endpoint.HeldUrl, endpoint.FailedProbes));
    }

    [Fact]
    public async Task Should_leave_what_is_of_a_disabled_endpoint_where_it_is()
    {
        var (disabled, free) = (await AddMerchantAsync(merchant => Disabled(merchant)), await AddMerchantAsync());
        var entry = Rows.Waiting(disabled, Later);
        await LetWaitAsync(entry, Rows.Waiting(free, Later));

        var count = await List.CountAsync(new WaitingFilter(), Cancellation);
        var outcome = await List.ReleaseAsync(new WaitingFilter(), Cancellation);

        Assert.Equal(new WaitingCount(2, 0, 1), count);
        Assert.Equal((1, 0, 1), (outcome.Released, outcome.OnTheRoad, outcome.OfDisabled));
        Assert.Equal(Later, (await List.ListAsync(new WaitingFilter { MerchantId = disabled }, null, 1, Cancellation)).Entries.Single().DueAt, CloseEnough);
    }

    [Fact]
    public async Task Should_try_again_what_could_not_be_read()
    {
        var merchant = await AddMerchantAsync();
        var entry = Rows.Waiting(merchant, Past);
        entry.UnreadableReason = "an older version could not";
        await LetWaitAsync(entry);
        Assert.Empty(await Room.TakeAsync(Limits(), Cancellation));

        Assert.Equal(1, (await List.ReleaseAsync(new WaitingFilter { DeliveryId = entry.DeliveryId }, Cancellation)).Released);

        Assert.Equal(entry.DeliveryId, Assert.Single(await Room.TakeAsync(Limits(), Cancellation)).DeliveryId);
    }

    [Fact]
    public async Task Should_cancel_what_is_not_on_the_road_record_it_and_keep_what_it_said()
    {
        var merchant = await AddMerchantAsync();
        var (first, retry, onTheRoad) = (Rows.Waiting(merchant, Later, attempt: 1), Rows.Waiting(merchant, Later, attempt: 4), Rows.Waiting(merchant, Past));
        await LetWaitAsync(first, retry, onTheRoad);
        await Room.TakeAsync(Limits(), Cancellation);

        var outcome = await Cancelling.CancelAsync(new WaitingFilter { MerchantId = merchant }, int.MaxValue, Cancellation);

        Assert.Equal(new CancelOutcome(2, 1, HasMore: false), outcome);
        await using var db = Database.CreateContext();
        Assert.Equal(onTheRoad.DeliveryId, (await db.WaitingWebhooks.SingleAsync(Cancellation)).DeliveryId);
        var runs = await db.JobRuns.Where(run => run.MerchantId == merchant.ToString()).OrderBy(run => run.Attempt).ToListAsync(Cancellation);
        Assert.Equal(
            [(first.DeliveryId, 1, "webhooks"), (retry.DeliveryId, 4, "webhooks_retry")], runs.Select(run => (run.JobId, run.Attempt, run.Queue)));
        Assert.All(runs, run => Assert.Equal(
            (JobState.Skipped, "cancelled", "webhook:delivery", "payment.completed", null, 0), (run.State, run.Reason, run.JobType, run.Event, run.StatusCode, run.DurationMs)));
        Assert.All(runs, run => Assert.InRange(run.StartedAt, Now, TimeProvider.System.GetUtcNow().UtcDateTime));
        var kept = await db.KeptWebhooks.SingleAsync(webhook => webhook.DeliveryId == retry.DeliveryId, Cancellation);
        Assert.Equal(
            (merchant.ToString(), "payment.completed", """{"amount": 1.10}""", "2026-02-28T12:00:00.1234560+00:00"), (kept.MerchantId, kept.Event, kept.Payload, kept.OccurredAt));
        Assert.Equal(2, await db.KeptWebhooks.CountAsync(webhook => webhook.MerchantId == merchant.ToString(), Cancellation));
    }

    [Fact]
    public async Task Should_record_the_round_of_what_it_cancels_and_what_it_was_about()
    {
        var merchant = await AddMerchantAsync();
        var id = Guid.CreateVersion7();
        await LetWaitAsync(new WaitingWebhook
        {
            DeliveryId = id,
            MerchantId = merchant,
            DueAt = Later,
            WaitsSince = Past,
            EnqueuedAt = Past,
            Attempt = 1,
            Round = 7,
            Reason = WaitReason.NoRoom,
            Event = "payment.completed",
            Reference = "P-7",
            Message = "{}"u8.ToArray(),
        });

        await Cancelling.CancelAsync(new WaitingFilter { DeliveryId = id }, int.MaxValue, Cancellation);

        await using var db = Database.CreateContext();
        var run = await db.JobRuns.SingleAsync(run => run.JobId == id, Cancellation);
        Assert.Equal((7, "P-7"), (run.Round, run.Reference));
    }

    [Theory]
    [InlineData("no JSON at all")]
    [InlineData("null")]
    [InlineData("""{"merchant_id":"m","event":"e"}""")]
    [InlineData("""{"merchant_id":"m","event":"e","payload":[1]}""")]
    [InlineData("{\"merchant_id\":\"m\",\"event\":\"e\",\"payload\":{\"a\":\"\u00e9\"}}", true)]
    public async Task Should_cancel_also_what_cannot_be_read(string message, bool isLatin1 = false)
    {
        var merchant = await AddMerchantAsync();
        var id = Guid.CreateVersion7();
        await LetWaitAsync(new WaitingWebhook
        {
            DeliveryId = id,
            MerchantId = merchant,
            DueAt = Past,
            WaitsSince = Past,
            EnqueuedAt = Past,
            Attempt = 2,
            Reason = WaitReason.Retry,
            Event = "payment.completed",
            UnreadableReason = "It cannot be read",
            Message = (isLatin1 ? Encoding.Latin1 : Encoding.UTF8).GetBytes(message),
        });

        var outcome = await Cancelling.CancelAsync(new WaitingFilter { DeliveryId = id }, int.MaxValue, Cancellation);

        Assert.Equal(new CancelOutcome(1, 0, HasMore: false), outcome);
        await using var db = Database.CreateContext();
        Assert.Equal("cancelled", await db.JobRuns.Where(run => run.JobId == id).Select(run => run.Reason).SingleAsync(Cancellation));
        Assert.False(await db.KeptWebhooks.AnyAsync(webhook => webhook.DeliveryId == id, Cancellation));
    }

    [Fact]
    public async Task Should_cancel_what_is_of_a_disabled_endpoint_and_leave_no_look_behind()
    {
        var disabled = await AddMerchantAsync(merchant => Disabled(merchant));
        await LetWaitAsync(Rows.Waiting(disabled, Past));

        Assert.Equal(1, (await Cancelling.CancelAsync(new WaitingFilter(), int.MaxValue, Cancellation)).Cancelled);

        Assert.Empty(await Room.TakeAsync(Limits(), Cancellation));
        await ChangeAsync(async db => Assert.False(await db.WaitingWebhooks.AnyAsync(Cancellation)));
    }

    [Fact]
    public async Task Should_stop_at_a_limit_and_say_that_more_is_left()
    {
        var (one, other) = (await AddMerchantAsync(), await AddMerchantAsync());
        await LetWaitAsync([.. Enumerable.Range(0, WaitingList.BatchSize + 1).Select(_ => Rows.Waiting(one, Later)), Rows.Waiting(other, Later)]);

        var first = await Cancelling.CancelAsync(new WaitingFilter(), 1, Cancellation);
        var second = await Cancelling.CancelAsync(new WaitingFilter(), int.MaxValue, Cancellation);

        Assert.True(first.HasMore);
        Assert.InRange(first.Cancelled, 1, WaitingList.BatchSize);
        Assert.Equal((WaitingList.BatchSize + 2 - first.Cancelled, false), (second.Cancelled, second.HasMore));
    }

    [Fact]
    public async Task Should_give_a_second_operator_what_the_first_has_left()
    {
        var merchant = await AddMerchantAsync();
        await LetWaitAsync([.. Enumerable.Range(0, 50).Select(_ => Rows.Waiting(merchant, Later))]);

        var both = await Task.WhenAll(
            Cancelling.CancelAsync(new WaitingFilter { MerchantId = merchant }, int.MaxValue, Cancellation), Cancelling.CancelAsync(new WaitingFilter { MerchantId = merchant }, int.MaxValue, Cancellation));
        var release = await List.ReleaseAsync(new WaitingFilter { MerchantId = merchant }, Cancellation);

        Assert.Equal((50, 0), (both.Sum(outcome => outcome.Cancelled), both.Sum(outcome => outcome.OnTheRoad)));
        Assert.Equal((0, 0, 0), (release.Released, release.OnTheRoad, release.OfDisabled));
        await using var db = Database.CreateContext();
        Assert.Equal(50, await db.JobRuns.CountAsync(run => run.MerchantId == merchant.ToString(), Cancellation));
    }

    [Fact]
    public async Task Should_count_what_waits_and_how_late_it_is()
    {
        var (busy, late) = (await AddMerchantAsync(), await AddMerchantAsync());
        var held = await AddMerchantAsync(merchant => Held(merchant, Later));
        var disabled = await AddMerchantAsync(merchant => Disabled(merchant));
        var unreadable = Rows.Waiting(late, Past.AddDays(-9));
        unreadable.UnreadableReason = "no JSON";
        await LetWaitAsync(
            Rows.Waiting(busy, Past.AddDays(-3)), Rows.Waiting(busy, Past.AddDays(-2)), Rows.Waiting(held, Past.AddDays(-4), reason: WaitReason.CircuitOpen),
            Rows.Waiting(disabled, Past.AddDays(-5)), Rows.Waiting(late, Later, attempt: 1, WaitReason.NoRoom), Rows.Waiting(late, Past), unreadable);
        await ChangeAsync(db => db.WaitingMerchants.Where(m => m.MerchantId != busy).ExecuteUpdateAsync(set => set.SetProperty(m => m.NextAt, Later), Cancellation));
        Assert.Single(await Room.TakeAsync(Limits(perMerchant: 1), Cancellation));

        var figures = await List.ReadFiguresAsync(Cancellation);
        await ChangeAsync(db => db.WaitingWebhooks.Where(w => w.MerchantId == late).ExecuteDeleteAsync(Cancellation));
        var withoutIt = await List.ReadFiguresAsync(Cancellation);

        Assert.Equal((1, 5, 1), (figures.FirstAttempts, figures.Retries, figures.Unreadable));
        Assert.Equal([(WaitReason.Retry, 4), (WaitReason.NoRoom, 1), (WaitReason.CircuitOpen, 1)], figures.ByReason.OrderBy(of => of.Key).Select(of => (of.Key, of.Value)));
        Assert.InRange(figures.OldestDueAge, TimeSpan.FromHours(1), TimeSpan.FromHours(2));
        Assert.Equal(TimeSpan.Zero, withoutIt.OldestDueAge);
    }

    private static bool CloseEnough(DateTime expected, DateTime actual) => (expected - actual).Duration() < TimeSpan.FromMilliseconds(1);

    private async Task<WaitingWebhook[]> FindAsync(WaitingFilter filter, params WaitingWebhook[] entries)
    {
        var page = await List.ListAsync(filter, after: null, 10, Cancellation);
        return [.. page.Entries.Select(found => entries.Single(entry => entry.DeliveryId == found.DeliveryId))];
    }
}
