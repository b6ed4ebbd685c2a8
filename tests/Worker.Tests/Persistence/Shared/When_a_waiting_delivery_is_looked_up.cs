using Gateway.Persistence.Recording;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>What operators are told about the waiting room and change in it, the same on every database.</summary>
public abstract class When_a_waiting_delivery_is_looked_up(TestDatabase database)
{
    private static readonly DateTime Now = UtcNow();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private WaitingDeliveries Waiting => database.Get<WaitingDeliveries>();

    private IWaitingRoom Room => database.Get<IWaitingRoom>();

    [Fact]
    public async Task Should_tell_when_and_why_it_waits()
    {
        var entry = Entry(Guid.CreateVersion7(), dueAt: Now.AddHours(1));
        await LetWaitAsync(entry);

        var expected = new WaitingEntry
        {
            DeliveryId = entry.DeliveryId,
            MerchantId = entry.MerchantId,
            Event = "payment.completed",
            DueAt = Now.AddHours(1),
            WaitsSince = Now,
            EnqueuedAt = Now.AddMinutes(-1),
            Attempt = 3,
            Round = 0,
            Reason = WaitReason.CircuitOpen,
            UnreadableReason = null,
            LeasedUntil = null,
        };
        Assert.Equal(expected, await Waiting.FindAsync(entry.DeliveryId, entry.MerchantId, Cancellation));
        Assert.Equal(expected, await Waiting.FindAsync(entry.DeliveryId, merchantId: null, Cancellation));
        Assert.Null(await Waiting.FindAsync(entry.DeliveryId, Guid.CreateVersion7(), Cancellation));
        Assert.Null(await Waiting.FindAsync(Guid.CreateVersion7(), merchantId: null, Cancellation));
    }

    [Fact]
    public async Task Should_say_whose_place_is_taken()
    {
        var first = Entry(Guid.CreateVersion7());
        var second = new WaitingWebhook
        {
            DeliveryId = first.DeliveryId,
            MerchantId = first.MerchantId,
            DueAt = Now,
            WaitsSince = Now,
            EnqueuedAt = Now,
            Attempt = 1,
            Reason = WaitReason.NoRoom,
            Event = first.Event,
            Message = [.. """{"of":"another"}"""u8],
        };

        Assert.True(await LetWaitAsync(first));
        Assert.False(await LetWaitAsync(second));
        // And next to others of the same commit, none of which is in the way of another.
        var others = await Task.WhenAll(LetWaitAsync(Entry(Guid.CreateVersion7())), LetWaitAsync(second), LetWaitAsync(Entry(Guid.CreateVersion7())));
        Assert.Equal([true, false, true], others);

        var kept = (await Waiting.FindWholeAsync(first.DeliveryId, first.MerchantId, Cancellation))!;
        Assert.Equal(3, kept.Attempt);
        Assert.Equal(first.Message, kept.Message);
    }

    [Fact]
    public async Task Should_tell_that_it_is_on_the_road()
    {
        var entry = Entry(Guid.CreateVersion7());
        await database.AddAsync(entry, Lease(entry, Now));

        Assert.Equal(Now.AddHours(1), (await Waiting.FindAsync(entry.DeliveryId, merchantId: null, Cancellation))!.LeasedUntil);
    }

    [Fact]
    public async Task Should_tell_how_long_its_merchant_is_left_alone()
    {
        var until = Now.AddMinutes(5);
        var held = await HeldAsync("https://merchant.example/hooks", until);
        var moved = await HeldAsync("https://merchant.example/old", until);
        var over = await HeldAsync("https://merchant.example/hooks", Now.AddMinutes(-5));

        Assert.Equal(until, (await Waiting.FindAsync(held, merchantId: null, Cancellation))!.HeldUntil);
        Assert.Null((await Waiting.FindAsync(moved, merchantId: null, Cancellation))!.HeldUntil);
        Assert.Null((await Waiting.FindAsync(over, merchantId: null, Cancellation))!.HeldUntil);
    }

    [Fact]
    public async Task Should_take_for_lost_what_has_been_on_the_road_since_before()
    {
        var merchant = Guid.CreateVersion7();
        var (lost, sentLater, ofAnother) = (Entry(merchant), Entry(merchant), Entry(Guid.CreateVersion7()));
        await database.AddAsync(
            lost, Lease(lost, Now.AddMinutes(-10)), sentLater, Lease(sentLater, Now.AddMinutes(-1)), ofAnother, Lease(ofAnother, Now.AddMinutes(-10)),
            NoLook(merchant), NoLook(ofAnother.MerchantId));
        var before = Now.AddMinutes(-5);

        Assert.Equal(1, await Waiting.CountOnTheRoadAsync(merchant, before, Cancellation));
        Assert.Equal(1, await Waiting.EndLeasesAsync(merchant, before, Cancellation));
        Assert.Equal(0, await Waiting.EndLeasesAsync(merchant, before, Cancellation));

        var released = await TakeAsync();
        Assert.Equal([lost.DeliveryId], released.Where(webhook => webhook.MerchantId == merchant).Select(webhook => webhook.DeliveryId));
        Assert.DoesNotContain(released, webhook => webhook.MerchantId == ofAnother.MerchantId);
        // Its message may be there all the same, so whoever gets this one has to look whether the attempt was made.
        Assert.True((await Waiting.FindWholeAsync(lost.DeliveryId, merchant, Cancellation))!.IsRedelivered);

        Assert.True(await Waiting.EndLeasesAsync(null, before, Cancellation) >= 1);
        Assert.Contains(await TakeAsync(), webhook => webhook.DeliveryId == ofAnother.DeliveryId);
    }

    private Task<bool> LetWaitAsync(WaitingWebhook entry) =>
        database.Get<JobRecorder>().RecordAsync(new JobRecord { Waiting = new WaitingStep.Enter(entry) }, Cancellation);

    private Task<IReadOnlyList<ReleasedWebhook>> TakeAsync() => Room.TakeAsync(
        new ReleaseLimits { PerMerchant = 8, SendingTime = TimeSpan.FromMinutes(1), ProbeTime = TimeSpan.FromMinutes(1) }, Cancellation);

    // All of it is on the road.
    private static WaitingMerchant NoLook(Guid merchantId) => new() { MerchantId = merchantId, NextAt = Now.AddHours(1), Rank = 0 };

    // A delivery that waits for a merchant who is left alone at that URL.
    private async Task<Guid> HeldAsync(string url, DateTime until)
    {
        var merchant = Rows.Merchant();
        var entry = Entry(merchant.Id);
        await database.AddAsync(
            merchant, entry, new WebhookEndpoint { MerchantId = merchant.Id, HeldUntil = until, HoldReason = HoldReason.RetryAfter, HeldUrl = url, UpdatedAt = Now });
        return entry.DeliveryId;
    }

    private static WaitingWebhook Entry(Guid merchantId, DateTime? dueAt = null) => new()
    {
        DeliveryId = Guid.CreateVersion7(),
        MerchantId = merchantId,
        DueAt = dueAt ?? Now,
        WaitsSince = Now,
        EnqueuedAt = Now.AddMinutes(-1),
        Attempt = 3,
        Reason = WaitReason.CircuitOpen,
        Event = "payment.completed",
        Message = [.. "{}"u8],
    };

    private static WaitingLease Lease(WaitingWebhook entry, DateTime sentAt) => new()
    {
        DeliveryId = entry.DeliveryId,
        MerchantId = entry.MerchantId,
        ReleaseId = Guid.CreateVersion7(sentAt),
        LeasedUntil = Now.AddHours(1),
        Releases = 1,
    };

    // The waiting room goes by the clock of its database. Whole microseconds, which PostgreSQL keeps.
    private static DateTime UtcNow()
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
