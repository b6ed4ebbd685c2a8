using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Integration.Tests.Ops.Webhooks;

public sealed class When_nothing_can_be_sent_again(OwnOfEach own) : IClassFixture<OwnOfEach>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_say_so_while_a_server_is_away_and_do_it_afterwards()
    {
        await using var worker = new Worker(own.Servers);
        await worker.InitializeAsync();
        var exhausted = await worker.Broker.Subscribe<WebhookExhausted>();
        var unlucky = await worker.AddMerchant();
        var now = TimeProvider.System.GetUtcNow();
        var lost = Rows.Run(Guid.CreateVersion7(now), now.UtcDateTime, JobState.Queued, attempt: 0, unlucky.Id);
        await worker.Write(db => db.AddRange(
            lost, new KeptWebhook { DeliveryId = lost.JobId, MerchantId = unlucky.Id, Event = lost.Event!, Payload = "{}", KeptAt = now.UtcDateTime }));
        var gone = (await worker.AddMerchant()).Answers(410, 200);
        var dead = await worker.Publish(gone);
        await exhausted.WaitUntilReceivedAsync(dead.DeliveryId.ToString());

        foreach (var server in (TestServer[])[own.Servers.Redis, own.Servers.RabbitMq])
        {
            await using (await server.StopAsync(Cancellation))
            {
                var answers = await Task.WhenAll(RecoverAsync(worker, unlucky), RedeliverAsync(worker, dead));
                Assert.All(answers, answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode));
                Assert.All(answers, answer => Assert.Contains("does not answer", answer.Body, StringComparison.Ordinal));
            }
        }

        var recovered = await Eventually.Read(() => RecoverAsync(worker, unlucky), answer => answer.StatusCode == HttpStatusCode.OK, "the servers answer");
        Assert.Equal(1, JsonElement.Parse(recovered.Body).GetProperty("sent").GetInt32());
        using var enabled = await worker.Api.PostAsync($"/api/webhooks/endpoints/{gone.Id}/enable", null, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, (await RedeliverAsync(worker, dead)).StatusCode);
        await Eventually.Read(() => worker.Runs(dead.DeliveryId), runs => runs is [.., { State: JobState.Succeeded }], "the webhook was delivered");
    }

    private static async Task<(HttpStatusCode StatusCode, string Body)> RecoverAsync(Worker worker, TestMerchant merchant)
    {
        using var answer = await worker.Api.PostAsJsonAsync(
            "/api/webhooks/recover/lost", new { before = TimeProvider.System.GetUtcNow(), merchant_id = merchant.Id }, Cancellation);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    private static async Task<(HttpStatusCode StatusCode, string Body)> RedeliverAsync(Worker worker, DeliverWebhook delivery)
    {
        using var answer = await worker.Api.PostAsync($"/api/webhooks/{delivery.DeliveryId}/redeliver", null, Cancellation);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    private sealed class Worker(TestServers servers) : TestWorker(servers, ("WEBHOOK_RETRY_DELAYS", "1h"));
}
