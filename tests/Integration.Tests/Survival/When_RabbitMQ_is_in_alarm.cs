using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Worker.Bus;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>
/// RabbitMQ is short of memory. It reads nothing from connections that publish, acknowledgements included. (docs/faults.md: A3)
/// </summary>
public sealed class When_RabbitMQ_is_in_alarm(OwnRabbitMq own) : IClassFixture<OwnRabbitMq>
{
    private const int Deliveries = 20_000;
    private const int Unreadable = 5;

    // Some of what the worker had published meanwhile never went on.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_drain_what_it_has_and_publish_the_rest_afterwards()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        gateway.Settings["RABBITMQ_MANAGEMENT_URL"] = gateway.ManagementUrl.ToString();
        // The first attempts are held while all the rest is published, which takes a busy machine longer than an attempt may take.
        gateway.Settings["WEBHOOK_TIMEOUT"] = "10m";
        // One of eight fails once: its retry, its letter and what is told of it are to be published.
        gateway.Merchant.Answer = (id, post) => Fails(id) && post == 1 ? StatusCodes.Status500InternalServerError : StatusCodes.Status200OK;
        var worker = await gateway.StartWorkerAsync();
        // The connections have published before.
        await gateway.Publisher.PublishAsync(100, Cancellation);
        await gateway.WaitUntilEndedAsync(100);
        await gateway.WaitUntilWaitingAsync(0);
        gateway.Merchant.HoldAfter(0);
        var published = await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
        for (var i = 0; i < Unreadable; i++)
        {
            await gateway.Publisher.PublishAsync("DeliverWebhook", new JsonObject { ["merchant_id"] = i }, Guid.CreateVersion7(), Cancellation);
        }

        await gateway.Merchant.Held.WaitUntilAsync(gateway.Concurrency, Cancellation);
        await own.Servers.RabbitMq.AlarmAsync(Cancellation);
        await worker.WaitUntilLoggedAsync("RabbitMQ takes no messages: memory alarm on");
        gateway.Merchant.Release();

        // On a busy machine some have found no room at the merchant before the alarm, and wait in the database like the failed ones.
        await gateway.WaitUntilInHandAsync(QueueNames.Webhooks, Unreadable);
        var waiting = await gateway.QueryAsync("select count(*) from waiting_webhooks");
        Assert.InRange(waiting, published.Count(Fails) / 2, Deliveries / 2);
        await gateway.WaitUntilEndedAsync((int)(100 + Deliveries - waiting));
        Assert.Equal(HttpStatusCode.OK, await worker.AskAsync("ready"));
        Assert.Contains("memory alarm", await worker.ReadAsync("ready"), StringComparison.Ordinal);
        using (var api = await gateway.OpenApiAsync(worker))
        using (var refused = await api.PostAsJsonAsync("/api/jobs/webhooks", gateway.Publisher.MessageOf(Guid.CreateVersion7()), Cancellation))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Contains("memory alarm", await refused.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }

        await Deployment.StaysLikeThisAsync();
        await own.Servers.RabbitMq.CalmAsync(Cancellation);

        var recovery = Recovery.Begin("the alarm was over");
        var runs = await gateway.WaitUntilEndedAsync(100 + Deliveries);
        await gateway.WaitUntilDeadLettersAsync(Unreadable);
        await worker.WaitUntilLoggedAsync("RabbitMQ takes messages again");
        recovery.IsOver(Bound);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.All(gateway.Merchant.Posts, post => Assert.Equal(Fails(post.Key) ? 2 : 1, post.Value));
        Assert.Equal(gateway.Merchant.Received.Value, runs.Count(run => run.State is JobState.Succeeded or JobState.Retrying));
    }

    [Fact]
    public async Task Should_refuse_what_publishes_at_once_and_take_on_what_can_wait()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        gateway.Settings["RABBITMQ_MANAGEMENT_URL"] = gateway.ManagementUrl.ToString();
        gateway.Settings["WEBHOOK_RETRY_DELAYS"] = "100ms";
        gateway.Merchant.Answer = (_, _) => StatusCodes.Status500InternalServerError;
        var worker = await gateway.StartWorkerAsync();
        using var api = await gateway.OpenApiAsync(worker);
        var dead = Assert.Single(await gateway.Publisher.PublishAsync(1, Cancellation));
        await gateway.WaitUntilEndedAsync(1);
        await gateway.WaitUntilDeadLettersAsync(1);
        gateway.Merchant.Answer = (_, _) => StatusCodes.Status200OK;

        await own.Servers.RabbitMq.AlarmAsync(Cancellation);
        await worker.WaitUntilLoggedAsync("RabbitMQ takes no messages: memory alarm on");
        foreach (var (path, body) in new (string, JsonObject)[]
        {
            ($"/api/webhooks/{dead}/redeliver", []),
            ("/api/webhooks/recover/lost", new() { ["before"] = DateTime.UnixEpoch.AddYears(50) }),
            ("/api/waiting/release", new() { ["all"] = true }),
            ("/api/jobs/expire-payments", []),
            ("/api/schedules/balance-check/run", []),
        })
        {
            Assert.Contains("RabbitMQ takes no messages: memory alarm", await PostAsync(path, body, HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);
        }

        // What is only counted, and what is only written, needs no broker.
        await PostAsync("/api/waiting/release", new() { ["all"] = true, ["dry_run"] = true }, HttpStatusCode.OK);
        var recovery = JsonNode.Parse(await PostAsync(
            "/api/webhooks/recover", new() { ["merchant_id"] = gateway.MerchantId, ["from"] = DateTime.UnixEpoch }, HttpStatusCode.Accepted))!;
        var recoveryPath = $"/api/bulk-jobs/{recovery["bulk_job_id"]}";
        Assert.Contains("memory alarm", await WaitsForAsync(recoveryPath), StringComparison.Ordinal);

        await own.Servers.RabbitMq.CalmAsync(Cancellation);
        await Eventually.Read(() => StateOfAsync(recoveryPath), state => state == "done", "The recovery is done");
        await Eventually.Read(gateway.ReadRunsAsync, all => all.Any(run => run.JobId == dead && run.State == JobState.Succeeded), "It is delivered");
        Assert.Equal(3, gateway.Merchant.Posts[dead]);

        await worker.WaitUntilLoggedAsync("RabbitMQ takes messages again");
        await own.Servers.RabbitMq.FillAsync(Cancellation);
        await Eventually.Read(() => worker.ReadAsync("ready"), ready => ready.Contains("disk alarm", StringComparison.Ordinal), "The worker knows of it");
        var requeue = JsonNode.Parse(await PostAsync("/api/dead-letters/requeue", new() { ["all"] = true }, HttpStatusCode.Accepted))!;
        var requeuePath = $"/api/bulk-jobs/{requeue["bulk_job_id"]}";
        Assert.Contains("disk alarm", (string?)requeue["waits_for"], StringComparison.Ordinal);
        Assert.Contains("disk alarm", await WaitsForAsync(requeuePath), StringComparison.Ordinal);

        await own.Servers.RabbitMq.CalmAsync(Cancellation);
        await Eventually.Read(() => StateOfAsync(requeuePath), state => state == "done", "The letter is back");
        Assert.Empty(await gateway.StopAndCountAsync());
        // It has been delivered, and putting back its letter does not deliver it again.
        Assert.Equal(3, gateway.Merchant.Posts[dead]);

        async Task<string> PostAsync(string path, JsonObject body, HttpStatusCode expected)
        {
            using var answer = await api.PostAsJsonAsync(path, body, Cancellation);
            var text = await answer.Content.ReadAsStringAsync(Cancellation);
            Assert.True(answer.StatusCode == expected, $"{path}: {answer.StatusCode} {text}");
            return text;
        }

        async Task<string?> WaitsForAsync(string path) => (string?)(await api.GetFromJsonAsync<JsonObject>(path, Cancellation))!["waits_for"];
        async Task<string?> StateOfAsync(string path) => (string?)(await api.GetFromJsonAsync<JsonObject>(path, Cancellation))!["state"];
    }

    private static bool Fails(Guid id) => id.ToByteArray()[15] % 8 == 0;
}
