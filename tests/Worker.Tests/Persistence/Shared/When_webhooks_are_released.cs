using Gateway.Persistence.Recording;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>What leaves the waiting room and when, the same on every database.</summary>
public abstract class When_webhooks_are_released(TestDatabase database) : WaitingRoomTest(database)
{
    [Fact]
    public async Task Should_take_what_is_due_once_and_nothing_else()
    {
        var merchant = await AddMerchantAsync();
        var (due, later) = (Rows.Waiting(merchant, Past), Rows.Waiting(merchant, Later));
        await LetWaitAsync(due, later);

        var released = Assert.Single(await Room.TakeAsync(Limits(), Cancellation));

        Assert.Equal((due.DeliveryId, merchant, 2, due.Message.Length, (short)1, false), (released.DeliveryId, released.MerchantId, released.Attempt, released.MessageBytes, released.Releases, released.IsProbe));
        await LookNowAsync();
        Assert.Empty(await Room.TakeAsync(Limits(), Cancellation));
        Assert.Equal(due.Message, Assert.Single(await Room.ReadAsync([released], Cancellation)).Message);
    }

    [Fact]
    public async Task Should_look_at_a_merchant_when_its_next_entry_is_due_and_forget_it_when_nothing_waits()
    {
        var (busy, done) = (await AddMerchantAsync(), await AddMerchantAsync());
        var later = Rows.Waiting(busy, new DateTime(Later.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, DateTimeKind.Utc));
        await LetWaitAsync(Rows.Waiting(busy, Past), later, Rows.Waiting(done, Past));

        var released = await Room.TakeAsync(Limits(), Cancellation);
        await DeliverAsync(released.Single(webhook => webhook.MerchantId == done));
        Assert.Empty(await Room.TakeAsync(Limits(), Cancellation));

        await using var db = Database.CreateContext();
        var look = await db.WaitingMerchants.SingleAsync(Cancellation);
        Assert.Equal((busy, later.DueAt), (look.MerchantId, look.NextAt));
    }

    [Fact]
    public async Task Should_have_only_so_many_of_a_merchant_on_the_road_and_send_the_next_when_one_is_done()
    {
        var merchant = await AddMerchantAsync();
        var entries = Enumerable.Range(0, 5).Select(i => Rows.Waiting(merchant, Past.AddMinutes(i))).ToArray();
        await LetWaitAsync(entries);

        var first = await Room.TakeAsync(Limits(perMerchant: 2), Cancellation);
        await LookNowAsync();
        var none = await Room.TakeAsync(Limits(perMerchant: 2), Cancellation);
        await DeliverAsync(first[0]);
        var next = await Room.TakeAsync(Limits(perMerchant: 2), Cancellation);

        Assert.Equal(entries.Take(2).Select(entry => entry.DeliveryId), first.Select(webhook => webhook.DeliveryId));
        Assert.Empty(none);
        Assert.Equal(entries[2].DeliveryId, Assert.Single(next).DeliveryId);
    }

    [Fact]
    public async Task Should_take_from_every_merchant_however_many_wait_for_one()
    {
        var (many, few, one) = (await AddMerchantAsync(), await AddMerchantAsync(), await AddMerchantAsync());
        await LetWaitAsync([.. Enumerable.Range(0, 50).Select(i => Rows.Waiting(many, Past.AddSeconds(i))), Rows.Waiting(few, Now.AddMinutes(-1)), Rows.Waiting(few, Now.AddMinutes(-1)), Rows.Waiting(one, Now.AddMinutes(-1))]);

        var released = await Room.TakeAsync(Limits(perMerchant: 3), Cancellation);

        Assert.Equal((3, 2, 1), (released.Count(w => w.MerchantId == many), released.Count(w => w.MerchantId == few), released.Count(w => w.MerchantId == one)));
    }

    [Fact]
    public async Task Should_look_at_merchants_of_a_higher_tier_first()
    {
        var (low, high) = (await AddMerchantAsync(), await AddMerchantAsync());
        await LetWaitAsync(rank: 0, Rows.Waiting(low, Past.AddSeconds(-15)));
        await LetWaitAsync(rank: 2, Rows.Waiting(high, Past));

        var first = await Room.TakeAsync(Limits() with { Merchants = 1 }, Cancellation);
        var second = await Room.TakeAsync(Limits() with { Merchants = 1 }, Cancellation);

        Assert.Equal((high, low), (Assert.Single(first).MerchantId, Assert.Single(second).MerchantId));
    }

    [Fact]
    public async Task Should_look_at_the_next_merchants_where_the_first_are_left_alone()
    {
        var until = new DateTime(2100, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var held = await AddMerchantAsync(merchant => Held(merchant, until, HoldReason.RetryAfter));
        var open = await AddMerchantAsync();
        await LetWaitAsync(rank: 2, Rows.Waiting(held, Past));
        await LetWaitAsync(rank: 0, Rows.Waiting(open, Past));

        var released = await Room.TakeAsync(Limits() with { Merchants = 1 }, Cancellation);

        Assert.Equal(open, Assert.Single(released).MerchantId);
    }

    [Fact]
    public async Task Should_look_at_a_merchant_of_a_lower_tier_who_has_been_due_for_long()
    {
        var (low, high) = (await AddMerchantAsync(), await AddMerchantAsync());
        await LetWaitAsync(rank: 0, Rows.Waiting(low, Past.AddSeconds(-25)));
        await LetWaitAsync(rank: 2, Rows.Waiting(high, Past));

        var first = await Room.TakeAsync(Limits() with { Merchants = 1 }, Cancellation);

        Assert.Equal(low, Assert.Single(first).MerchantId);
    }

    [Theory]
    [InlineData(HoldReason.CircuitOpen)]
    [InlineData(HoldReason.RetryAfter)]
    public async Task Should_keep_what_is_of_a_held_endpoint_until_the_hold_is_over(string reason)
    {
        var until = new DateTime(2100, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var held = await AddMerchantAsync(merchant => Held(merchant, until, reason));
        var moved = await AddMerchantAsync(merchant => Held(merchant, until, reason, "https://merchant.example/old"));
        await LetWaitAsync(Rows.Waiting(held, Past), Rows.Waiting(moved, Past));

        var released = await Room.TakeAsync(Limits(), Cancellation);

        Assert.Equal(moved, Assert.Single(released).MerchantId);
        await using var db = Database.CreateContext();
        // The hold may end before its time, and nobody would tell.
        var nextAt = await db.WaitingMerchants.Where(m => m.MerchantId == held).Select(m => m.NextAt).SingleAsync(Cancellation);
        Assert.InRange(nextAt, Now, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(1));
    }

    [Fact]
    public async Task Should_keep_what_is_of_a_disabled_endpoint()
    {
        var disabled = await AddMerchantAsync(merchant => Disabled(merchant));
        var moved = await AddMerchantAsync(merchant => Disabled(merchant, "https://merchant.example/old"));
        await LetWaitAsync(Rows.Waiting(disabled, Past), Rows.Waiting(moved, Past));

        Assert.Equal(moved, Assert.Single(await Room.TakeAsync(Limits(), Cancellation)).MerchantId);
    }

    [Fact]
    public async Task Should_send_one_probe_when_the_time_of_an_open_circuit_is_over_and_no_other_before_that_is_answered()
    {
        var merchant = await AddMerchantAsync(merchant => Held(merchant, Past));
        await LetWaitAsync(Rows.Waiting(merchant, Past), Rows.Waiting(merchant, Past.AddMinutes(1)));

        var probe = Assert.Single(await Room.TakeAsync(Limits(), Cancellation));
        await LookNowAsync();
        var whileHeld = await Room.TakeAsync(Limits(), Cancellation);
        await ChangeAsync(db => db.WebhookEndpoints.Where(e => e.MerchantId == merchant).ExecuteUpdateAsync(set => set.SetProperty(e => e.HeldUntil, Past), Cancellation));
        await LookNowAsync();
        var whileOnTheRoad = await Room.TakeAsync(Limits(), Cancellation);

        Assert.True(probe.IsProbe);
        Assert.Empty(whileHeld);
        Assert.Empty(whileOnTheRoad);
    }

    [Fact]
    public async Task Should_send_all_that_is_due_when_the_time_that_a_merchant_asked_for_is_over()
    {
        var merchant = await AddMerchantAsync(merchant => Held(merchant, Past, HoldReason.RetryAfter));
        await LetWaitAsync(Rows.Waiting(merchant, Past), Rows.Waiting(merchant, Past));

        var released = await Room.TakeAsync(Limits(), Cancellation);

        Assert.Equal([false, false], released.Select(webhook => webhook.IsProbe));
    }

    [Fact]
    public async Task Should_take_again_what_is_lost_on_the_road()
    {
        var merchant = await AddMerchantAsync();
        await LetWaitAsync(Rows.Waiting(merchant, Past));
        var released = Assert.Single(await Room.TakeAsync(Limits(), Cancellation));
        await Room.SentAsync(released.ReleaseId, [released.Key], TimeSpan.FromHours(1), Cancellation);
        Assert.Empty(await Room.TakeLostAsync(Limits(), 10, Cancellation));

        await Room.SentAsync(released.ReleaseId, [released.Key], TimeSpan.FromHours(-1), Cancellation);
        var again = Assert.Single(await Room.TakeLostAsync(Limits(), 10, Cancellation));
        // Who sent it before comes too late to say so.
        await Room.SentAsync(released.ReleaseId, [released.Key], TimeSpan.FromHours(-1), Cancellation);
        var onceMore = await Room.TakeLostAsync(Limits(), 10, Cancellation);

        Assert.Equal((released.Key, (short)2), (again.Key, again.Releases));
        Assert.NotEqual(released.ReleaseId, again.ReleaseId);
        Assert.Empty(onceMore);
    }

    [Fact]
    public async Task Should_not_take_again_what_has_left_meanwhile()
    {
        var merchant = await AddMerchantAsync();
        await LetWaitAsync(Rows.Waiting(merchant, Past));
        var released = Assert.Single(await Room.TakeAsync(Limits(), Cancellation));
        await Room.SentAsync(released.ReleaseId, [released.Key], TimeSpan.FromHours(-1), Cancellation);
        await ChangeAsync(db => db.WaitingWebhooks.ExecuteDeleteAsync(Cancellation));

        Assert.Empty(await Room.TakeLostAsync(Limits(), 10, Cancellation));
        await ChangeAsync(async db => Assert.False(await db.WaitingLeases.AnyAsync(Cancellation)));
    }

    [Theory]
    [InlineData(true, false, 1)]
    [InlineData(false, true, 2)]
    [InlineData(false, false, null)]
    public async Task Should_not_take_what_goes_to_a_paused_queue(bool firstAttempts, bool retries, int? attempt)
    {
        var merchant = await AddMerchantAsync();
        await LetWaitAsync(Rows.Waiting(merchant, Past, attempt: 1), Rows.Waiting(merchant, Past, attempt: 2));

        var released = await Room.TakeAsync(Limits() with { FirstAttempts = firstAttempts, Retries = retries }, Cancellation);

        Assert.Equal(attempt, released.SingleOrDefault()?.Attempt);
    }

    // Retries lie in a queue that an operator has paused, as many as the merchant has room for.
    [Fact]
    public async Task Should_let_a_paused_queue_take_no_room_from_the_other()
    {
        var merchant = await AddMerchantAsync();
        await LetWaitAsync([.. Enumerable.Range(0, 3).Select(i => Rows.Waiting(merchant, Past.AddSeconds(i), attempt: 2))]);
        Assert.Equal(3, (await Room.TakeAsync(Limits(perMerchant: 3), Cancellation)).Count);
        await Database.AddAsync(Rows.Waiting(merchant, Past, attempt: 1), Rows.Waiting(merchant, Past, attempt: 1));
        await LookNowAsync();

        Assert.Empty(await Room.TakeAsync(Limits(perMerchant: 3), Cancellation));
        await LookNowAsync();
        var released = await Room.TakeAsync(Limits(perMerchant: 3) with { Retries = false }, Cancellation);

        Assert.Equal([1, 1], released.Select(webhook => webhook.Attempt));
    }

    // Its message had arrived although nobody confirmed it, and was attempted before the second one was sent.
    [Fact]
    public async Task Should_not_give_out_what_waits_for_its_next_attempt_meanwhile()
    {
        var merchant = await AddMerchantAsync();
        await LetWaitAsync(Rows.Waiting(merchant, Past));
        var first = Assert.Single(await Room.TakeAsync(Limits(), Cancellation));
        await Room.NotSentAsync(first.ReleaseId, [first.Key], Cancellation);
        var again = Assert.Single(await Room.TakeLostAsync(Limits(), 10, Cancellation));
        Assert.Empty(await Room.ReadAsync([first], Cancellation));
        Assert.Single(await Room.ReadAsync([again], Cancellation));

        var next = Rows.Waiting(merchant, Later, attempt: 3, deliveryId: first.DeliveryId);
        await Database.Get<JobRecorder>().RecordAsync(
            new JobRecord { Waiting = new WaitingStep.Enter(next) { ReleaseId = first.ReleaseId } }, Cancellation);

        Assert.Empty(await Room.ReadAsync([again], Cancellation));
    }

    // The broker was away when it was to be sent, and the queue was paused before it was back.
    [Fact]
    public async Task Should_take_for_lost_what_was_not_sent_as_soon_as_its_queue_goes_on()
    {
        var merchant = await AddMerchantAsync();
        await LetWaitAsync(Rows.Waiting(merchant, Past));
        var released = Assert.Single(await Room.TakeAsync(Limits(), Cancellation));
        await Room.NotSentAsync(released.ReleaseId, [released.Key], Cancellation);

        await Room.ProlongAsync(Limits() with { Retries = false }, TimeSpan.FromHours(1), Cancellation);
        Assert.Empty(await Room.TakeLostAsync(Limits() with { Retries = false }, 10, Cancellation));

        Assert.Equal(released.Key, Assert.Single(await Room.TakeLostAsync(Limits(), 10, Cancellation)).Key);
    }

    [Fact]
    public async Task Should_take_again_what_was_not_sent()
    {
        var merchant = await AddMerchantAsync();
        await LetWaitAsync(Rows.Waiting(merchant, Past));
        var released = Assert.Single(await Room.TakeAsync(Limits(), Cancellation));

        await Room.NotSentAsync(released.ReleaseId, [released.Key], Cancellation);

        Assert.Empty(await Room.TakeAsync(Limits(), Cancellation));
        var again = Assert.Single(await Room.TakeLostAsync(Limits(), 10, Cancellation));
        // The message may have been sent all the same.
        Assert.Equal((released.Key, (short)2), (again.Key, again.Releases));
        // The one that gave it up holds nothing of it any more.
        await Room.NotSentAsync(released.ReleaseId, [released.Key], Cancellation);
        await ChangeAsync(async db => Assert.Equal(again.ReleaseId, (await db.WaitingLeases.SingleAsync(Cancellation)).ReleaseId));
    }

    [Fact]
    public async Task Should_send_the_next_probe_at_once_when_nobody_was_asked_by_the_one_before()
    {
        var merchant = await AddMerchantAsync(merchant => Held(merchant, Past));
        await LetWaitAsync(Rows.Waiting(merchant, Past), Rows.Waiting(merchant, Past.AddMinutes(1)));
        var probe = Assert.Single(await Room.TakeAsync(Limits(), Cancellation));

        await RecordAsync(
            new EndpointChange.ProbeAgain { MerchantId = merchant, Url = await UrlOfAsync(merchant), At = Past },
            new WaitingStep.Leave(probe.Key) { ReleaseId = probe.ReleaseId });

        var next = Assert.Single(await Room.TakeAsync(Limits(), Cancellation));
        Assert.True(next.IsProbe);
        Assert.NotEqual(probe.DeliveryId, next.DeliveryId);
    }

    [Fact]
    public async Task Should_count_the_age_of_a_circuit_from_when_it_opened_and_not_from_a_wish_that_was_over()
    {
        var opened = Now.AddMinutes(-1);
        var merchant = await AddMerchantAsync(merchant => Held(merchant, Past.AddMinutes(1), HoldReason.RetryAfter));

        await OpenAsync(opened, failedProbes: 0);
        await OpenAsync(Now, failedProbes: 1);

        await ChangeAsync(async db =>
        {
            var endpoint = await db.WebhookEndpoints.SingleAsync(e => e.MerchantId == merchant, Cancellation);
            Assert.Equal((HoldReason.CircuitOpen, 1), (endpoint.HoldReason, endpoint.FailedProbes));
            Assert.Equal(opened, endpoint.HeldSince!.Value, TimeSpan.FromMilliseconds(1));
        });

        async Task OpenAsync(DateTime at, int failedProbes) => await RecordAsync(
            new EndpointChange.Hold(at.AddMinutes(5), HoldReason.CircuitOpen, failedProbes) { MerchantId = merchant, Url = await UrlOfAsync(merchant), At = at });
    }

    [Fact]
    public async Task Should_pass_over_what_cannot_be_read()
    {
        var merchant = await AddMerchantAsync();
        var (unreadable, next) = (Rows.Waiting(merchant, Past), Rows.Waiting(merchant, Past.AddMinutes(1)));
        await LetWaitAsync(unreadable, next);
        var released = Assert.Single(await Room.TakeAsync(Limits(perMerchant: 1), Cancellation));

        await Room.SetAsideAsync(released.Key, new string('x', 2_000), Cancellation);
        await LookNowAsync();

        Assert.Equal(next.DeliveryId, Assert.Single(await Room.TakeAsync(Limits(perMerchant: 1), Cancellation)).DeliveryId);
        await ChangeAsync(async db => Assert.Equal(1_024, (await db.WaitingWebhooks.SingleAsync(w => w.DeliveryId == unreadable.DeliveryId, Cancellation)).UnreadableReason!.Length));
    }

    [Fact]
    public async Task Should_not_take_for_lost_what_lies_in_a_paused_queue()
    {
        var merchant = await AddMerchantAsync();
        await LetWaitAsync(Rows.Waiting(merchant, Past));
        var released = Assert.Single(await Room.TakeAsync(Limits(), Cancellation));
        await Room.SentAsync(released.ReleaseId, [released.Key], TimeSpan.FromHours(-1), Cancellation);

        await Room.ProlongAsync(Limits() with { Retries = false }, TimeSpan.FromHours(1), Cancellation);

        Assert.Empty(await Room.TakeLostAsync(Limits(), 10, Cancellation));
    }

    [Fact]
    public async Task Should_take_for_lost_what_was_not_sent_to_the_other_queue()
    {
        var merchant = await AddMerchantAsync();
        await LetWaitAsync(Rows.Waiting(merchant, Past, attempt: 1), Rows.Waiting(merchant, Past, attempt: 3));
        var released = await Room.TakeAsync(Limits(), Cancellation);
        foreach (var webhook in released)
        {
            await Room.NotSentAsync(webhook.ReleaseId, [webhook.Key], Cancellation);
        }

        var firstArePaused = Limits() with { FirstAttempts = false };
        await Room.ProlongAsync(firstArePaused, TimeSpan.FromHours(1), Cancellation);

        Assert.Equal(3, Assert.Single(await Room.TakeLostAsync(firstArePaused, 10, Cancellation)).Attempt);
    }

    private async Task RecordAsync(EndpointChange change, WaitingStep? step = null) =>
        await Database.Get<JobRecorder>().RecordAsync(new JobRecord { Endpoint = change, Waiting = step }, Cancellation);

    private async Task<string> UrlOfAsync(Guid merchant)
    {
        await using var db = Database.CreateContext();
        return (await db.Merchants.SingleAsync(m => m.Id == merchant, Cancellation)).WebhookUrl!;
    }
}
