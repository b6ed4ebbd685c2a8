using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Persistence.Bulk;
using Gateway.Persistence.DeadLetters;
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
    private const int Many = BulkWork.Many;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_drop_120000_letters_although_the_worker_dies_and_an_operator_stops_it()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await BulkWork.BuryAsync(gateway, Many);
        await BulkWork.BuryAsync(gateway, 10, reason: "gone");
        var worker = await gateway.StartWorkerAsync();
        using var api = await gateway.OpenApiAsync(worker);

        var drop = await BulkWork.BeginAsync(api, "/api/dead-letters/drop", new { reason = "exhausted" });
        Assert.Equal(("drop", Many), (drop.GetProperty("kind").GetString(), drop.GetProperty("total").GetInt32()));
        await WaitUntilDroppedAsync(gateway, LetterPages.DropSize);
        await worker.KillAsync();
        var dropped = await BulkWork.CountAsync(gateway, DeadLetterState.Dropped);
        Assert.InRange(dropped, LetterPages.DropSize, Many - 1);

        using var again = await gateway.OpenApiAsync(await gateway.StartWorkerAsync());
        await WaitUntilDroppedAsync(gateway, (int)dropped + LetterPages.DropSize);
        var stopped = await BulkWork.BeginAsync(again, $"/api/bulk-jobs/{BulkWork.IdOf(drop)}/stop", new { });
        Assert.Equal("stopped", stopped.GetProperty("state").GetString());
        var left = await BulkWork.CountAsync(gateway, DeadLetterState.Dead);
        Assert.Equal(Many + 10, left + stopped.GetProperty("done").GetInt32());
        Assert.InRange(left, 11, Many);

        await BulkWork.BeginAsync(again, $"/api/bulk-jobs/{BulkWork.IdOf(drop)}/resume", new { });
        Assert.Equal(Many, (await BulkWork.WaitUntilDoneAsync(again, drop)).GetProperty("done").GetInt32());
        Assert.Equal(
            (Many, 10L),
            ((int)await gateway.QueryAsync($"select count(*) from dead_letters where state = 3 and bulk_job_id = '{BulkWork.IdOf(drop)}'"), await BulkWork.CountAsync(gateway, DeadLetterState.Dead)));
        using var late = await again.PostAsJsonAsync($"/api/bulk-jobs/{BulkWork.IdOf(drop)}/resume", new { }, Cancellation);
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

        var recovery = await BulkWork.BeginAsync(
            api, "/api/webhooks/recover", new { merchant_id = gateway.MerchantId, from = DateTime.UnixEpoch, rate_per_second = 40 });
        Assert.Equal(Letters, recovery.GetProperty("total").GetInt32());
        await gateway.Merchant.Received.WaitUntilAsync(failed + 20, Cancellation);
        await worker.KillAsync();

        using var again = await gateway.OpenApiAsync(await gateway.StartWorkerAsync());
        await BulkWork.WaitUntilDoneAsync(again, recovery);
        await BulkWork.WaitUntilAllSucceedAsync(gateway, Letters);
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

    private static Task<long> WaitUntilDroppedAsync(Deployment gateway, int letters) => Eventually.Catch(
        () => BulkWork.CountAsync(gateway, DeadLetterState.Dropped), dropped => dropped >= letters, $"{letters} letters that are dropped");
}
