using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Partitions;

public sealed class When_webhooks_are_spread(When_webhooks_are_spread.Worker worker) : IClassFixture<When_webhooks_are_spread.Worker>
{
    private const int Deliveries = 120;

    private static readonly string[] Partitions = ["webhooks", "webhooks.2", "webhooks.3"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Each way to publish leads to all of them, and no message to two.</summary>
    [Fact]
    public async Task Should_look_and_be_paused_as_one_queue()
    {
        var merchant = await worker.AddMerchant();
        await PostAsync("api/queues/webhooks/pause");
        await Eventually.Read(DepthOfAsync, queue => Figure(queue, "consumers") == 0, "nobody takes from them");

        await Task.WhenAll(Enumerable.Range(0, Deliveries).Select(_ => worker.Publish(merchant)));

        var queue = await Eventually.Read(
            DepthOfAsync, queue => Figure(queue, "ready") >= Deliveries, "all of them are ready");
        Assert.Equal(Deliveries, Figure(queue, "ready"));
        var counts = await Task.WhenAll(Partitions.Select(worker.Broker.CountOf));
        Assert.Equal(Deliveries, counts.Sum(count => count));
        Assert.All(counts, count => Assert.InRange(count, 1u, (uint)Deliveries - 1));
        Assert.Empty(merchant.Received);

        await PostAsync("api/queues/webhooks/resume");
        for (var i = 0; i < Deliveries; i++)
        {
            await merchant.WaitUntilReceivedAsync();
        }

        Assert.Equal(Deliveries, merchant.Received.Select(webhook => webhook.Id).Distinct().Count());
        queue = await Eventually.Read(
            DepthOfAsync, queue => Figure(queue, "ready") == 0 && Figure(queue, "consumers") == 1, "all is taken");
        Assert.Equal(0, Figure(queue, "oldest_waiting_seconds"));
    }

    [Fact]
    public async Task Should_be_purged_as_one_queue()
    {
        var merchant = await worker.AddMerchant();
        await PostAsync("api/queues/webhooks/pause");
        await Eventually.Read(DepthOfAsync, queue => Figure(queue, "consumers") == 0, "nobody takes from them");
        await Task.WhenAll(Enumerable.Range(0, Deliveries).Select(_ => worker.Publish(merchant)));
        await Eventually.Read(DepthOfAsync, queue => Figure(queue, "ready") >= Deliveries, "all of them are ready");

        var purged = await PostAsync("api/queues/webhooks/purge");

        Assert.Equal(Deliveries, purged.GetProperty("purged").GetInt64());
        await PostAsync("api/queues/webhooks/resume");
    }

    /// <summary>Retries, letters and what is sent again lead back to them; what failed is found under the one queue.</summary>
    [Fact]
    public async Task Should_die_and_be_put_back_as_from_one_queue()
    {
        var merchant = (await worker.AddMerchant()).Answers(500, 500, 500, 500, 500, 500, 200);

        var delivery = await worker.Publish(merchant);
        await worker.WaitUntilEndedAsync(delivery.DeliveryId);
        var letter = await worker.WaitUntilDeadLetterOfAsync(delivery.DeliveryId);
        using var answer = await worker.Api.PostAsync($"api/dead-letters/{letter.GetProperty("id").GetString()}/requeue", null, Cancellation);
        answer.EnsureSuccessStatusCode();

        var runs = await Eventually.Read(
            () => worker.Runs(delivery.DeliveryId), runs => runs is [.., { State: JobState.Succeeded }], "it is delivered after all");
        Assert.Equal(["webhooks", "webhooks_retry"], runs.Select(run => run.Queue).Distinct().Order());
    }

    [Fact]
    public async Task Should_find_every_queue_as_needed()
    {
        var queues = (await worker.Servers.RabbitMq.Management.GetFromJsonAsync<JsonElement>(
            $"api/queues{worker.BrokerUri.AbsolutePath}?columns=name,arguments", Cancellation)).EnumerateArray()
            .ToDictionary(queue => queue.GetProperty("name").GetString()!, queue => queue.GetProperty("arguments").ToString());

        Assert.Superset(Partitions.ToHashSet(), queues.Keys.ToHashSet());
        Assert.DoesNotContain(queues.Keys, name => name.StartsWith("webhooks.", StringComparison.Ordinal) && QueueNames.IsForLetters(name));
        Assert.Equal(queues["webhooks"], queues["webhooks.2"]);
    }

    // Null while the broker has not told it yet.
    private static double? Figure(JsonElement queue, string name) =>
        queue.TryGetProperty(name, out var figure) && figure.ValueKind == JsonValueKind.Number ? figure.GetDouble() : null;

    private async Task<JsonElement> PostAsync(string path)
    {
        using var answer = await worker.Api.PostAsync(path, null, Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }

    private async Task<JsonElement> DepthOfAsync() =>
        (await worker.Api.GetFromJsonAsync<JsonElement>("api/queues", Cancellation)).EnumerateArray()
            .Single(queue => queue.GetProperty("queue").GetString() == "webhooks");

    public sealed class Worker(TestServers servers) : TestWorker(servers, ("WEBHOOK_PARTITIONS", "3"));
}
