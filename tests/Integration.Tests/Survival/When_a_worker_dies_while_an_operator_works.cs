using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Persistence.Bulk;
using Gateway.Persistence.DeadLetters;
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
    private const int Many = 120_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_deliver_once_what_was_being_put_back()
    {
        const int Some = 3_000;
        await using var gateway = await Deployment.CreateAsync(servers);
        await BuryAsync(gateway, Some);
        var worker = await gateway.StartWorkerAsync();
        using var api = await gateway.OpenApiAsync(worker);

        var requeue = await BeginAsync(api, "/api/dead-letters/requeue", new { merchant_id = gateway.MerchantId });
        Assert.Equal((Some, "running"), (requeue.GetProperty("total").GetInt32(), requeue.GetProperty("state").GetString()));
        await gateway.Merchant.Received.WaitUntilAsync(20, Cancellation);
        await worker.KillAsync();

        using var again = await gateway.OpenApiAsync(await gateway.StartWorkerAsync());
        Assert.Equal(Some, (await WaitUntilDoneAsync(again, requeue)).GetProperty("done").GetInt32());
        await WaitUntilAllSucceedAsync(gateway, Some);
        Assert.Empty(await gateway.StopAndCountAsync());
        // What was in the broker's hands or in the worker's at the kill may have come twice, nothing else.
        Assert.InRange(gateway.Merchant.Received.Value, Some, Some + gateway.Concurrency);
    }

    /// <summary>A queue that is paused keeps what is put back, so that every message of it can be looked at.</summary>
    [Fact]
    public async Task Should_put_back_120000_letters_by_two_workers_of_whom_one_dies()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await BuryAsync(gateway, Many);
        await gateway.ExecuteAsync("insert into queue_pauses (queue, paused_at, paused_by) values ('webhooks', now(), 'an operator')");
        var worker = await gateway.StartWorkerAsync();
        var other = await gateway.StartWorkerAsync();
        using var api = await gateway.OpenApiAsync(other);

        // Two operators have the same idea.
        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => BeginAsync(api, "/api/dead-letters/requeue", new { reason = "exhausted" })));
        await WaitUntilBackAsync(gateway, Many / 4);
        await worker.KillAsync();
        Assert.NotEqual(Many, await CountAsync(gateway, DeadLetterState.Requeued));

        var done = 0;
        foreach (var requeue in both)
        {
            done += (await WaitUntilDoneAsync(api, requeue)).GetProperty("done").GetInt32();
        }

        Assert.Equal(Many, done);
        Assert.Equal(Many, await CountAsync(gateway, DeadLetterState.Requeued));
        Assert.Equal(0, await other.StopAsync());
        var back = await gateway.Publisher.ReadAllAsync(QueueNames.Webhooks, Cancellation);
        Assert.Equal(Many, back.Distinct().Count());
        // The batch that the dead worker had in hand may be there twice; its second copies are recognised when they are attempted.
        Assert.InRange(back.Count, Many, Many + (2 * RequeueBatch.Size));
    }

    [Fact]
    public async Task Should_drop_120000_letters_although_the_worker_dies_and_an_operator_stops_it()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await BuryAsync(gateway, Many);
        await BuryAsync(gateway, 10, reason: "gone");
        var worker = await gateway.StartWorkerAsync();
        using var api = await gateway.OpenApiAsync(worker);

        var drop = await BeginAsync(api, "/api/dead-letters/drop", new { reason = "exhausted" });
        Assert.Equal(("drop", Many), (drop.GetProperty("kind").GetString(), drop.GetProperty("total").GetInt32()));
        await WaitUntilDroppedAsync(gateway, LetterPages.DropSize);
        await worker.KillAsync();
        var dropped = await CountAsync(gateway, DeadLetterState.Dropped);
        Assert.InRange(dropped, LetterPages.DropSize, Many - 1);

        using var again = await gateway.OpenApiAsync(await gateway.StartWorkerAsync());
        await WaitUntilDroppedAsync(gateway, (int)dropped + LetterPages.DropSize);
        var stopped = await BeginAsync(again, $"/api/bulk-jobs/{IdOf(drop)}/stop", new { });
        Assert.Equal("stopped", stopped.GetProperty("state").GetString());
        var left = await CountAsync(gateway, DeadLetterState.Dead);
        Assert.Equal(Many + 10, left + stopped.GetProperty("done").GetInt32());
        Assert.InRange(left, 11, Many);

        await BeginAsync(again, $"/api/bulk-jobs/{IdOf(drop)}/resume", new { });
        Assert.Equal(Many, (await WaitUntilDoneAsync(again, drop)).GetProperty("done").GetInt32());
        Assert.Equal(
            (Many, 10L),
            ((int)await gateway.QueryAsync($"select count(*) from dead_letters where state = 3 and bulk_job_id = '{IdOf(drop)}'"), await CountAsync(gateway, DeadLetterState.Dead)));
        using var late = await again.PostAsJsonAsync($"/api/bulk-jobs/{IdOf(drop)}/resume", new { }, Cancellation);
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
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

        var recovery = await BeginAsync(
            api, "/api/webhooks/recover", new { merchant_id = gateway.MerchantId, from = DateTime.UnixEpoch, rate_per_second = 40 });
        Assert.Equal(Letters, recovery.GetProperty("total").GetInt32());
        await gateway.Merchant.Received.WaitUntilAsync(failed + 20, Cancellation);
        await worker.KillAsync();

        using var again = await gateway.OpenApiAsync(await gateway.StartWorkerAsync());
        await WaitUntilDoneAsync(again, recovery);
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
    private static Task BuryAsync(Deployment gateway, int letters, string reason = "exhausted") => gateway.ExecuteAsync(
        $$"""
        with kept as (
            insert into kept_webhooks (delivery_id, merchant_id, event, payload, kept_at)
            select gen_random_uuid(), '{{gateway.MerchantId}}', 'payment.completed', '{"amount":"12.50"}', now() from generate_series(1, {{letters}})
            returning delivery_id, merchant_id, event)
        insert into dead_letters (letter_id, died_at, queue, was_skipped, job_id, merchant_id, event, reason, state)
        select gen_random_uuid(), now(), 'webhooks_retry', false, delivery_id, merchant_id, event, '{{reason}}', 0 from kept
        """);

    private static async Task<JsonElement> BeginAsync(HttpClient api, string path, object body)
    {
        using var answer = await api.PostAsJsonAsync(path, body, Cancellation);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }

    private static Task<JsonElement> WaitUntilDoneAsync(HttpClient api, JsonElement job) => Eventually.Read(
        () => api.GetFromJsonAsync<JsonElement>($"/api/bulk-jobs/{IdOf(job)}", Cancellation),
        now => now.GetProperty("state").GetString() == "done",
        "the bulk job is done");

    private static Guid IdOf(JsonElement job) => job.GetProperty("bulk_job_id").GetGuid();

    private static Task<long> CountAsync(Deployment gateway, DeadLetterState state) =>
        gateway.QueryAsync($"select count(*) from dead_letters where state = {(int)state}");

    private static Task<long> WaitUntilBackAsync(Deployment gateway, int letters) => Eventually.Catch(
        () => CountAsync(gateway, DeadLetterState.Requeued), back => back >= letters, $"{letters} letters that are back");

    private static Task<long> WaitUntilDroppedAsync(Deployment gateway, int letters) => Eventually.Catch(
        () => CountAsync(gateway, DeadLetterState.Dropped), dropped => dropped >= letters, $"{letters} letters that are dropped");

    private static async Task WaitUntilAllSucceedAsync(Deployment gateway, int webhooks) => await Eventually.Read(
        async () => (await gateway.ReadRunsAsync()).Where(run => run.State == JobState.Succeeded).Select(run => run.JobId).Distinct().Count(),
        succeeded => succeeded == webhooks,
        "every webhook was delivered");
}
