using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Integration.Tests.Servers;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

public sealed class When_a_worker_dies_while_an_operator_works(TestServers servers)
{
    private const int Letters = 200;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_lose_no_dead_letter_that_was_being_put_back()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        var worker = await ExhaustAsync(gateway);
        var failed = gateway.Merchant.Received.Value;
        using var api = await gateway.OpenApiAsync(worker);

        var requeue = api.PostAsJsonAsync("/api/dead-letters/requeue", new { queue = QueueNames.Webhooks }, Cancellation);
        await gateway.Merchant.Received.ReachesAsync(failed + 20, Cancellation);
        await worker.KillAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => requeue);

        using var again = await gateway.OpenApiAsync(await gateway.StartWorkerAsync());
        using var answer = await again.PostAsJsonAsync("/api/dead-letters/requeue", new { queue = QueueNames.Webhooks }, Cancellation);
        answer.EnsureSuccessStatusCode();

        await AllSucceedAsync(gateway);
        Assert.Empty(await gateway.StopAndCountAsync());
    }

    [Fact]
    public async Task Should_go_on_with_a_recovery()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        var worker = await ExhaustAsync(gateway);
        var failed = gateway.Merchant.Received.Value;
        using var api = await gateway.OpenApiAsync(worker);

        using var answer = await api.PostAsJsonAsync(
            "/api/webhooks/recover", new { merchant_id = gateway.MerchantId, from = DateTime.UnixEpoch, rate_per_second = 40 }, Cancellation);
        var recovery = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Equal(Letters, recovery.GetProperty("total").GetInt32());
        await gateway.Merchant.Received.ReachesAsync(failed + 20, Cancellation);
        await worker.KillAsync();

        using var again = await gateway.OpenApiAsync(await gateway.StartWorkerAsync());
        await Eventually.Read(
            () => again.GetFromJsonAsync<JsonElement>($"/api/webhooks/recoveries/{recovery.GetProperty("recovery_id")}", Cancellation),
            r => r.GetProperty("state").GetString() == "done",
            "the recovery is done");
        await AllSucceedAsync(gateway);
    }

    [Fact]
    public async Task Should_find_a_queue_paused_that_was_paused_before_it_started()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await gateway.ExecuteAsync("insert into queue_pauses (queue, paused_at, paused_by) values ('webhooks', now(), 'an operator')");
        var worker = await gateway.StartWorkerAsync();
        await worker.LogsAsync("Queue webhooks is paused");
        await gateway.Publisher.PublishAsync(10, Cancellation);
        await gateway.HasMessagesAsync(QueueNames.Webhooks, 10);
        Assert.Equal(0, gateway.Merchant.Received.Value);

        await gateway.ExecuteAsync("delete from queue_pauses");

        await gateway.HasEndedAsync(10);
        Assert.Equal(10, gateway.Merchant.Received.Value);
    }

    private static async Task<WorkerProcess> ExhaustAsync(Deployment gateway)
    {
        gateway.Settings["WEBHOOK_RETRY_DELAYS"] = "50ms";
        gateway.Merchant.Answer = (_, _) => StatusCodes.Status500InternalServerError;
        var worker = await gateway.StartWorkerAsync();
        await gateway.Publisher.PublishAsync(Letters, Cancellation);
        await gateway.HasEndedAsync(Letters);
        await gateway.HasLettersAsync(Letters);
        gateway.Merchant.Answer = (_, _) => StatusCodes.Status200OK;
        return worker;
    }

    private static async Task AllSucceedAsync(Deployment gateway) => await Eventually.Read(
        async () => (await gateway.ReadRunsAsync()).Where(run => run.State == JobState.Succeeded).Select(run => run.JobId).Distinct().Count(),
        succeeded => succeeded == Letters,
        "every webhook was delivered");
}
