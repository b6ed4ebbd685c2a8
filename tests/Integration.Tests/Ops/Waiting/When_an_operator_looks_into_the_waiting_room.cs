using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Tests.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Ops.Waiting;

public sealed class When_an_operator_looks_into_the_waiting_room(When_an_operator_looks_into_the_waiting_room.Worker worker)
    : IClassFixture<When_an_operator_looks_into_the_waiting_room.Worker>
{
    private static readonly DateTime InTenDays = TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_show_what_waits_page_by_page_and_never_what_it_says()
    {
        var merchant = await worker.AddMerchant();
        var first = Rows.Waiting(merchant.Key, InTenDays, attempt: 1, WaitReason.NoRoom);
        var second = Rows.Waiting(merchant.Key, InTenDays.AddDays(1), attempt: 3);
        await LetWait(first, second);
        await worker.Write(db => db.Add(OnTheRoad(second)));

        var page = await Get($"/api/waiting?merchant_id={merchant.Id}&limit=1");
        var next = await Get($"/api/waiting?merchant_id={merchant.Id}&limit=1&cursor={page.GetProperty("cursor").GetString()}");
        var filtered = await Get($"/api/waiting?merchant_id={merchant.Id}&event=payment.completed&reason=no_room&attempt=first&on_the_road=false&unreadable=false&from=2026-01-31&to=9999-12-31T23:59:59Z");

        var entry = page.GetProperty("waiting")[0];
        Assert.Equal(
            $"{first.DeliveryId} {merchant.Id} payment.completed 1 webhooks no_room",
            $"{entry.GetProperty("delivery_id")} {entry.GetProperty("merchant_id")} {entry.GetProperty("event")} {entry.GetProperty("attempt")} {entry.GetProperty("queue")} {entry.GetProperty("reason")}");
        Assert.False(entry.GetProperty("on_the_road").GetBoolean());
        Assert.DoesNotContain("amount", page.GetRawText(), StringComparison.Ordinal);
        Assert.Equal((second.DeliveryId, "webhooks_retry", true), (next.GetProperty("waiting")[0].GetProperty("delivery_id").GetGuid(), next.GetProperty("waiting")[0].GetProperty("queue").GetString(), next.GetProperty("waiting")[0].GetProperty("on_the_road").GetBoolean()));
        Assert.False(next.TryGetProperty("cursor", out _));
        Assert.Equal(first.DeliveryId, Assert.Single(filtered.GetProperty("waiting").EnumerateArray()).GetProperty("delivery_id").GetGuid());
    }

    [Fact]
    public async Task Should_show_a_hold_until_the_end_of_time_and_end_it_when_an_operator_says_now()
    {
        var merchant = await worker.AddMerchant();
        await worker.Write(db => db.Add(new WebhookEndpoint
        {
            MerchantId = merchant.Key,
            HeldUntil = DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc),
            HoldReason = HoldReason.CircuitOpen,
            HeldUrl = db.Merchants.Single(m => m.Id == merchant.Key).WebhookUrl,
            UpdatedAt = InTenDays,
        }));
        await LetWait(Rows.Waiting(merchant.Key, InTenDays), Rows.Waiting(merchant.Key, DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc)));

        var before = (await Get($"/api/waiting/merchants?merchant_id={merchant.Id}")).GetProperty("merchants")[0];
        var counted = await Post("/api/waiting/release", $$"""{"merchant_id":"{{merchant.Id}}","dry_run":true}""");
        Assert.Empty(merchant.Received);
        var released = await Post("/api/waiting/release", $$"""{"merchant_id":"{{merchant.Id}}"}""");

        Assert.Equal((2, 2, "circuit_open"), (before.GetProperty("waiting").GetInt32(), before.GetProperty("by_reason").GetProperty("retry").GetInt32(), before.GetProperty("hold_reason").GetString()));
        Assert.Equal(9999, before.GetProperty("held_until").GetDateTime().Year);
        Assert.Equal(2, counted.GetProperty("count").GetInt32());
        Assert.Equal((2, 1), (released.GetProperty("released").GetInt32(), released.GetProperty("holds_ended").GetInt32()));
        await merchant.WaitUntilReceivedAsync();
        await merchant.WaitUntilReceivedAsync();
    }

    [Fact]
    public async Task Should_not_release_what_is_of_a_disabled_endpoint()
    {
        var (disabled, other) = (await worker.AddMerchant(), await worker.AddMerchant());
        var @event = $"event.{Guid.CreateVersion7()}";
        var entry = Rows.Waiting(disabled.Key, InTenDays, @event: @event);
        await LetWait(entry, Rows.Waiting(other.Key, InTenDays, @event: @event));
        using var disabling = await worker.Api.PostAsync($"/api/webhooks/endpoints/{disabled.Id}/disable", null, Cancellation);

        foreach (var filter in new[] { $"\"merchant_id\":\"{disabled.Id}\"", $"\"delivery_id\":\"{entry.DeliveryId}\"", $"\"merchant_id\":\"{disabled.Id}\",\"dry_run\":true" })
        {
            using var refused = await Send("/api/waiting/release", $"{{{filter}}}");
            Assert.Contains("endpoint is disabled; enable it first", await Detail(refused, HttpStatusCode.Conflict), StringComparison.Ordinal);
        }

        var counted = await Post("/api/waiting/release", $$"""{"event":"{{@event}}","dry_run":true}""");
        var released = await Post("/api/waiting/release", $$"""{"event":"{{@event}}"}""");

        Assert.Equal((1, 1), (counted.GetProperty("count").GetInt32(), counted.GetProperty("held_by_disabled").GetInt32()));
        Assert.Equal((1, 1), (released.GetProperty("released").GetInt32(), released.GetProperty("held_by_disabled").GetInt32()));
    }

    [Fact]
    public async Task Should_cancel_what_is_not_on_the_road_and_send_it_again_when_asked()
    {
        var merchant = await worker.AddMerchant();
        var (waiting, onTheRoad) = (Rows.Waiting(merchant.Key, InTenDays), Rows.Waiting(merchant.Key, InTenDays));
        await LetWait(waiting, onTheRoad);
        await worker.Write(db => db.Add(OnTheRoad(onTheRoad)));

        var counted = await Post("/api/waiting/cancel", $$"""{"merchant_id":"{{merchant.Id}}","dry_run":true}""");
        var cancelled = await Post("/api/waiting/cancel", $$"""{"merchant_id":"{{merchant.Id}}"}""");
        var onceMore = await Post("/api/waiting/cancel", $$"""{"delivery_id":"{{onTheRoad.DeliveryId}}"}""");
        var job = await Get($"/api/jobs/{waiting.DeliveryId}");
        var actions = await worker.ViewersApi.GetFromJsonAsync<JsonElement[]>("/api/operator-actions", Cancellation);

        Assert.Equal((1, 1), (counted.GetProperty("count").GetInt32(), counted.GetProperty("on_the_road").GetInt32()));
        Assert.Equal((1, 1, false), (cancelled.GetProperty("cancelled").GetInt32(), cancelled.GetProperty("on_the_road").GetInt32(), cancelled.GetProperty("has_more").GetBoolean()));
        Assert.Equal((0, 1), (onceMore.GetProperty("cancelled").GetInt32(), onceMore.GetProperty("on_the_road").GetInt32()));
        Assert.Equal(("skipped", "cancelled"), (job.GetProperty("state").GetString(), job.GetProperty("reason").GetString()));
        Assert.Contains(actions!, action => action.GetProperty("operator").GetString() == "operator"
            && action.GetProperty("action").GetString() == "POST /api/waiting/cancel" && action.GetProperty("outcome").GetString() == "cancelled 1, 1 on the road");

        using var redelivered = await worker.Api.PostAsync($"/api/webhooks/{waiting.DeliveryId}/redeliver", null, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, redelivered.StatusCode);
        Assert.Contains("""{"amount": 1.10}""", Encoding.UTF8.GetString((await merchant.WaitUntilReceivedAsync()).Body), StringComparison.Ordinal);
        await Eventually.Read(() => worker.Runs(waiting.DeliveryId), runs => runs.Any(run => run.State == JobState.Succeeded), "it is delivered");
    }

    [Fact]
    public async Task Should_count_what_waits_as_delayed()
    {
        var merchant = await worker.AddMerchant();
        await LetWait(
            Rows.Waiting(merchant.Key, InTenDays, attempt: 1), Rows.Waiting(merchant.Key, InTenDays, attempt: 2), Rows.Waiting(merchant.Key, InTenDays, attempt: 3));

        // With what the other tests have left.
        var list = worker.Services.GetRequiredService<WaitingList>();
        var first = (await list.CountAsync(new WaitingFilter { IsFirstAttempt = true }, Cancellation)).Waiting;
        var retries = (await list.CountAsync(new WaitingFilter { IsFirstAttempt = false }, Cancellation)).Waiting;
        Assert.True(first >= 1 && retries >= 2);
        await Eventually.Read(DelayedAsync, now => now == (first, retries), "what waits is counted");

        async Task<(long First, long Retries)> DelayedAsync()
        {
            // These two figures come from the database. The other queues' come from the broker and are left out when it answers late.
            var queues = (await worker.ViewersApi.GetFromJsonAsync<JsonElement[]>("/api/queues", Cancellation))!
                .Where(queue => queue.GetProperty("queue").GetString() is "webhooks" or "webhooks_retry")
                .ToDictionary(queue => queue.GetProperty("queue").GetString()!, queue => queue.GetProperty("delayed").GetInt64());
            return (queues["webhooks"], queues["webhooks_retry"]);
        }
    }

    [Theory]
    [InlineData("merchant_id=17", "merchant_id '17' is not a UUID")]
    [InlineData("merchant_id=%00", "merchant_id holds a NUL character")]
    [InlineData("event=a%00b", "event holds a NUL character")]
    [InlineData("reason=weather", "reason 'weather' is not one of retry, no_room, circuit_open, retry_after, paused_endpoint")]
    [InlineData("reason=1", "reason '1' is not one of")]
    [InlineData("attempt=2", "attempt '2' is not one of first, retry")]
    [InlineData("on_the_road=perhaps", "on_the_road 'perhaps' is not one of true, false")]
    [InlineData("unreadable=", "unreadable '' is not one of true, false")]
    [InlineData("from=yesterday", "from 'yesterday' is not a time such as")]
    [InlineData("to=%00", "to holds a NUL character")]
    [InlineData("cursor=xyz", "cursor is not one that this API gave")]
    [InlineData("limit=501", "limit '501' is not a number from 1 to 500")]
    [InlineData("attempt=2&limit=0", "; limit '0'")]
    public async Task Should_say_what_is_wrong_with_a_filter(string query, string complaint)
    {
        using var answer = await worker.ViewersApi.GetAsync($"/api/waiting?{query}", Cancellation);

        Assert.Contains(complaint, await Detail(answer, HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "There is no filter")]
    [InlineData("""{"all":false}""", "There is no filter")]
    [InlineData("""{"merchant":"0c5b2a0e-3a51-4f57-9a6e-2f2c7d3f5b11","all":true}""", "merchant")]
    [InlineData("""{"merchant_id":"","all":true}""", "merchant_id '' is not a UUID")]
    [InlineData("""{"delivery_id":"x"}""", "delivery_id 'x' is not a UUID")]
    [InlineData("""{"event":"a\u0000"}""", "event holds a NUL character")]
    [InlineData("""{"event":"caf\ud83d"}""", "event")]
    [InlineData("""{"reason":"RETRY"}""", "reason 'RETRY' is not one of")]
    [InlineData("""{"event":17}""", "event")]
    [InlineData("[]", "JSON")]
    [InlineData("", "The body is missing")]
    public async Task Should_change_nothing_where_it_is_not_clear_what_is_meant(string body, string complaint)
    {
        foreach (var path in new[] { "/api/waiting/release", "/api/waiting/cancel" })
        {
            using var answer = await Send(path, body);
            Assert.Contains(complaint, await Detail(answer, HttpStatusCode.BadRequest), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/api/waiting/release")]
    [InlineData("/api/waiting/cancel")]
    public async Task Should_let_a_viewer_change_nothing(string path)
    {
        using var answer = await worker.ViewersApi.PostAsync(path, new StringContent("""{"all":true}""", Encoding.UTF8, "application/json"), Cancellation);

        Assert.Contains("viewer", await Detail(answer, HttpStatusCode.Forbidden), StringComparison.Ordinal);
    }

    private static WaitingLease OnTheRoad(WaitingWebhook entry) => new()
    {
        DeliveryId = entry.DeliveryId,
        MerchantId = entry.MerchantId,
        ReleaseId = Guid.CreateVersion7(),
        LeasedUntil = InTenDays,
        Releases = 1,
    };

    private Task LetWait(params WaitingWebhook[] entries) => worker.Write(db =>
    {
        db.AddRange(entries.AsEnumerable<object>());
        db.AddRange(entries.GroupBy(entry => entry.MerchantId).Select(of => new WaitingMerchant { MerchantId = of.Key, NextAt = of.Min(entry => entry.DueAt), Rank = 0 }));
    });

    private Task<JsonElement> Get(string path) => worker.ViewersApi.GetFromJsonAsync<JsonElement>(path, Cancellation)!;

    private Task<HttpResponseMessage> Send(string path, string body) => worker.Api.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Cancellation);

    private async Task<JsonElement> Post(string path, string body)
    {
        using var answer = await Send(path, body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }

    private static async Task<string> Detail(HttpResponseMessage answer, HttpStatusCode expected)
    {
        Assert.Equal(expected, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("detail").GetString()!;
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers);
}
