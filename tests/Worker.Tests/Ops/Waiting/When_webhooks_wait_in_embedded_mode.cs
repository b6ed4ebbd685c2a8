using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Persistence.Waiting;
using Gateway.Testing;
using Gateway.Testing.Workers;
using Gateway.Tests.Persistence;
using Gateway.Worker.Tests.Telemetry;
using Xunit;

namespace Gateway.Worker.Tests.Ops.Waiting;

[Collection("Scraped")]
public sealed class When_webhooks_wait_in_embedded_mode
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_list_count_release_and_cancel_them_over_the_same_routes()
    {
        var later = TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(10);
        var merchant = Rows.Merchant(url: null);
        var (first, retry) = (Rows.Waiting(merchant.Id, later, attempt: 1), Rows.Waiting(merchant.Id, later.AddDays(1), attempt: 2));
        await using var worker = await EmbeddedWorker.StartAsync();
        await worker.AddAsync(merchant, first, retry, new WaitingMerchant { MerchantId = merchant.Id, NextAt = later, Rank = 0 });

        var page = await JsonAsync(await worker.GetAsync("/api/waiting"));
        var merchants = await JsonAsync(await worker.GetAsync("/api/waiting/merchants"));
        var cancelled = await JsonAsync(await worker.PostAsync("/api/waiting/cancel", $$"""{"delivery_id":"{{retry.DeliveryId}}"}"""));
        var counted = await JsonAsync(await worker.PostAsync("/api/waiting/release", """{"all":true,"dry_run":true}"""));
        var released = await JsonAsync(await worker.PostAsync("/api/waiting/release", """{"all":true}"""));

        Assert.Equal([first.DeliveryId, retry.DeliveryId], page.GetProperty("waiting").EnumerateArray().Select(entry => entry.GetProperty("delivery_id").GetGuid()));
        Assert.Equal(2, merchants.GetProperty("merchants")[0].GetProperty("waiting").GetInt32());
        Assert.Equal((1, 1, 1), (cancelled.GetProperty("cancelled").GetInt32(), counted.GetProperty("count").GetInt32(), released.GetProperty("released").GetInt32()));
    }

    [Fact]
    public async Task Should_count_them_as_delayed_and_tell_Prometheus_of_them()
    {
        var later = TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(10);
        var merchant = Guid.CreateVersion7();
        var unreadable = Rows.Waiting(merchant, later, attempt: 2);
        unreadable.UnreadableReason = "no JSON";
        await using var worker = await EmbeddedWorker.StartAsync();
        await worker.AddAsync(Rows.Waiting(merchant, later, attempt: 1, WaitReason.NoRoom), Rows.Waiting(merchant, later, attempt: 2), unreadable);

        await WaitUntilCountedAsync(worker, 2, "gateway_waiting_webhooks reason=\"retry\"");
        await WaitUntilCountedAsync(worker, 1, "gateway_waiting_webhooks reason=\"no_room\"");
        await WaitUntilCountedAsync(worker, 1, "gateway_waiting_unreadable");
        await WaitUntilCountedAsync(worker, 1, "gateway_queue_messages queue=\"webhooks\",state=\"delayed\"");
        await WaitUntilCountedAsync(worker, 2, "gateway_queue_messages queue=\"webhooks_retry\",state=\"delayed\"");
        await WaitUntilCountedAsync(worker, 0, "gateway_waiting_oldest_due_age_seconds");
    }

    // The polled figures come with the next poll.
    private static Task<double?> WaitUntilCountedAsync(EmbeddedWorker worker, double expected, string series) => Eventually.Read(
        async () => Exposition.Parse(await worker.ScrapeAsync()).Values.TryGetValue(series, out var value) ? value : (double?)null,
        value => value == expected,
        $"{series} is {expected}");

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        }
    }
}
