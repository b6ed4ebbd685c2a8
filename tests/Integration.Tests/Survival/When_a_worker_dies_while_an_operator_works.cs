using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

public sealed class When_a_worker_dies_while_an_operator_works(TestServers servers)
{
    private const int Letters = 200;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_go_on_with_the_dead_letters_that_were_being_put_back()
    {
        const int Many = 3_000;
        await using var gateway = await Deployment.CreateAsync(servers);
        await BuryAsync(gateway, Many);
        var worker = await gateway.StartWorkerAsync();
        using var api = await gateway.OpenApiAsync(worker);

        using var answer = await api.PostAsJsonAsync("/api/dead-letters/requeue", new { merchant_id = gateway.MerchantId }, Cancellation);
        var requeue = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Equal((Many, "running"), (requeue.GetProperty("total").GetInt32(), requeue.GetProperty("state").GetString()));
        await gateway.Merchant.Received.WaitUntilAsync(20, Cancellation);
        await worker.KillAsync();
        Assert.NotEqual(0, await gateway.QueryAsync("select count(*) from dead_letters where state = 1"));

        using var again = await gateway.OpenApiAsync(await gateway.StartWorkerAsync());
        var end = await Eventually.Read(
            () => again.GetFromJsonAsync<JsonElement>($"/api/dead-letters/requeues/{requeue.GetProperty("requeue_id")}", Cancellation),
            r => r.GetProperty("state").GetString() != "running",
            "the requeue is done");
        Assert.Equal(("done", Many), (end.GetProperty("state").GetString(), end.GetProperty("done").GetInt32()));
        await WaitUntilAllSucceedAsync(gateway, Many);
        Assert.Empty(await gateway.StopAndCountAsync());
        // What was in the broker's hands or in the worker's at the kill may have come twice, nothing else.
        Assert.InRange(gateway.Merchant.Received.Value, Many, Many + gateway.Concurrency);
    }

    [Fact]
    public async Task Should_make_one_letter_of_what_was_taken_in_and_not_acknowledged()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var rabbitMq = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port);
        rabbitMq.HoldAcknowledgementOf(QueueNames.ErrorsOf(QueueNames.Webhooks));
        var worker = await gateway.StartWorkerAsync(("RABBITMQ_PORT", rabbitMq.Port.ToString(CultureInfo.InvariantCulture)));

        await gateway.Publisher.PublishAsync("DeliverWebhook", new JsonObject { ["merchant_id"] = 17 }, Guid.CreateVersion7(), Cancellation);
        await rabbitMq.KeptBack.WaitUntilAsync(1, Cancellation);
        await gateway.WaitUntilDeadLettersAsync(1);
        await worker.KillAsync();
        await gateway.WaitUntilMessagesAsync(QueueNames.ErrorsOf(QueueNames.Webhooks), 1);

        var next = await gateway.StartWorkerAsync();
        await Eventually.Read(
            () => gateway.Publisher.CountMessagesAsync([QueueNames.ErrorsOf(QueueNames.Webhooks)], Cancellation), left => left.Count == 0, "the error queue is empty");
        Assert.Equal(0, await next.StopAsync());
        Assert.Equal(1, await gateway.QueryAsync("select count(*) from dead_letters"));
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
        await gateway.Merchant.Received.WaitUntilAsync(failed + 20, Cancellation);
        await worker.KillAsync();

        using var again = await gateway.OpenApiAsync(await gateway.StartWorkerAsync());
        await Eventually.Read(
            () => again.GetFromJsonAsync<JsonElement>($"/api/webhooks/recoveries/{recovery.GetProperty("recovery_id")}", Cancellation),
            r => r.GetProperty("state").GetString() == "done",
            "the recovery is done");
        await WaitUntilAllSucceedAsync(gateway, Letters);
    }

    [Fact]
    public async Task Should_find_a_queue_paused_that_was_paused_before_it_started()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await gateway.ExecuteAsync("insert into queue_pauses (queue, paused_at, paused_by) values ('webhooks', now(), 'an operator')");
        var worker = await gateway.StartWorkerAsync();
        await worker.WaitUntilLoggedAsync("Queue webhooks is paused");
        await gateway.Publisher.PublishAsync(10, Cancellation);
        await gateway.WaitUntilMessagesAsync(QueueNames.Webhooks, 10);
        Assert.Equal(0, gateway.Merchant.Received.Value);

        await gateway.ExecuteAsync("delete from queue_pauses");

        await gateway.WaitUntilEndedAsync(10);
        Assert.Equal(10, gateway.Merchant.Received.Value);
    }

    private static async Task<WorkerProcess> ExhaustAsync(Deployment gateway)
    {
        gateway.Settings["WEBHOOK_RETRY_DELAYS"] = "50ms";
        gateway.Merchant.Answer = (_, _) => StatusCodes.Status500InternalServerError;
        var worker = await gateway.StartWorkerAsync();
        await gateway.Publisher.PublishAsync(Letters, Cancellation);
        await gateway.WaitUntilEndedAsync(Letters);
        await gateway.WaitUntilDeadLettersAsync(Letters);
        gateway.Merchant.Answer = (_, _) => StatusCodes.Status200OK;
        return worker;
    }

    // As they are written with the last attempt of webhooks: what they said is kept beside.
    private static Task BuryAsync(Deployment gateway, int letters) => gateway.ExecuteAsync(
        $$"""
        insert into kept_webhooks (delivery_id, merchant_id, event, payload, kept_at)
        select gen_random_uuid(), '{{gateway.MerchantId}}', 'payment.completed', '{"amount":"12.50"}', now() from generate_series(1, {{letters}});
        insert into dead_letters (letter_id, died_at, queue, was_skipped, job_id, merchant_id, event, reason, state)
        select gen_random_uuid(), now(), 'webhooks_retry', false, delivery_id, merchant_id, event, 'exhausted', 0 from kept_webhooks
        """);

    private static async Task WaitUntilAllSucceedAsync(Deployment gateway, int webhooks) => await Eventually.Read(
        async () => (await gateway.ReadRunsAsync()).Where(run => run.State == JobState.Succeeded).Select(run => run.JobId).Distinct().Count(),
        succeeded => succeeded == webhooks,
        "every webhook was delivered");
}
