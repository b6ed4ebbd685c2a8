using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Gate;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Ops.Queues;

/// <summary>What trials found (docs/faults.md: H8).</summary>
public sealed class When_a_queue_is_paused(When_a_queue_is_paused.Worker worker) : IClassFixture<When_a_queue_is_paused.Worker>, IAsyncLifetime
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        using var resumed = await worker.Api.PostAsync("/api/queues/webhooks/resume", null, CancellationToken.None);
        await Eventually.Read(() => QueueAsync(), queue => !queue.GetProperty("paused").GetBoolean() && Figure(queue, "consumers") > 0, "the queue is consumed again");
    }

    [Fact]
    public async Task Should_start_nothing_more_and_go_on_when_it_is_resumed()
    {
        var merchant = (await worker.AddMerchant()).Answers(200);

        var answer = await PostAsync("pause");
        Assert.True(answer.GetProperty("paused").GetBoolean());
        Assert.Equal("operator", answer.GetProperty("paused_by").GetString());
        var delivery = await worker.Publish(merchant);

        // What was taken is given back: the broker has it, and nobody takes from the queue.
        var queue = await Eventually.Read(
            () => QueueAsync(),
            q => Figure(q, "ready") == 1 && Figure(q, "consumers") == 0,
            "the delivery waits at the broker");
        Assert.Equal(0, Figure(queue, "active"));
        Assert.Empty(merchant.Received);
        using var ready = await worker.StrangersApi.GetAsync("/healthz/ready", Cancellation);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Contains("paused: webhooks", await ready.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);

        await PostAsync("resume");
        Assert.Equal(JobState.Succeeded, Assert.Single(await worker.WaitUntilEndedAsync(delivery.DeliveryId)).State);
        Assert.Single(merchant.Received);
    }

    [Fact]
    public async Task Should_not_even_skip_what_comes_to_a_worker_that_has_not_left_the_queue_yet()
    {
        var nobody = new TestMerchant(Guid.CreateVersion7(), "");
        // H8: while an attempt is under way the worker cannot leave the queue.
        var open = new TaskCompletionSource();
        var blocker = (await worker.AddMerchant()).Answers(new MerchantAnswer(200) { Until = open.Task });
        await worker.Publish(blocker);
        await blocker.WaitUntilReceivedAsync();
        await PostAsync("pause");
        var deliveries = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => worker.Publish(nobody)));
        await Eventually.Read(() => Task.FromResult(Gate.CountsOf(QueueNames.Webhooks).Waiting), waiting => waiting > 0, "as many as it takes came to the worker");

        open.SetResult();
        await Eventually.Read(() => QueueAsync(), q => Figure(q, "ready") == 20 && Figure(q, "consumers") == 0, "all twenty are at the broker");
        foreach (var delivery in deliveries)
        {
            Assert.Empty(await worker.Runs(delivery.DeliveryId));
        }

        await PostAsync("resume");
        foreach (var delivery in deliveries)
        {
            Assert.Equal("unknown_merchant", Assert.Single(await worker.WaitUntilEndedAsync(delivery.DeliveryId)).Reason);
        }
    }

    [Fact]
    public async Task Should_give_back_what_waits_at_the_gate_and_lose_none_of_it()
    {
        var open = new TaskCompletionSource();
        var blocker = (await worker.AddMerchant()).Answers(new MerchantAnswer(200), new MerchantAnswer(200) { Until = open.Task });
        var merchant = (await worker.AddMerchant()).Answers(200);
        // Of those who are known to answer, every slot may be taken.
        foreach (var known in new[] { blocker, merchant })
        {
            await worker.WaitUntilEndedAsync((await worker.Publish(known)).DeliveryId);
            await known.WaitUntilReceivedAsync();
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => worker.Publish(blocker)));
        for (var i = 0; i < 4; i++)
        {
            await blocker.WaitUntilReceivedAsync();
        }

        var deliveries = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => worker.Publish(merchant)));
        await Eventually.Read(() => Task.FromResult(Gate.CountsOf(QueueNames.Webhooks).Waiting), waiting => waiting > 0, "some wait at the gate");

        await PostAsync("pause");
        open.SetResult();
        // Asked of the broker itself: the figures count as ready what waits at the gate too.
        await Eventually.Read(() => worker.Broker.CountOf(QueueNames.Webhooks), ready => ready == 20, "all twenty are at the broker");
        Assert.Equal(0, Gate.CountsOf(QueueNames.Webhooks).Waiting);
        Assert.Single(merchant.Received);
        // As they were: one that was sent anew would have used up one of its redeliveries, and after a few pauses be dead.
        Assert.All(await worker.Broker.Peek(QueueNames.Webhooks), message => Assert.Null(message.Header(MessageHeaders.RedeliveryCount)));

        await PostAsync("resume");
        foreach (var delivery in deliveries)
        {
            Assert.Equal(JobState.Succeeded, Assert.Single(await worker.WaitUntilEndedAsync(delivery.DeliveryId)).State);
        }

        Assert.Equal(21, merchant.Received.Count);
    }

    [Fact]
    public async Task Should_be_purged_of_what_is_ready_and_say_how_much_that_was()
    {
        var merchant = await worker.AddMerchant();
        await PostAsync("pause");
        await Eventually.Read(() => QueueAsync(), q => Figure(q, "consumers") == 0, "nobody takes from the queue");
        await worker.Publish(merchant);
        await worker.Publish(merchant);

        Assert.Equal(2, (await PostAsync("purge")).GetProperty("purged").GetInt64());
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("purge")]
    public async Task Should_say_which_queues_there_are_when_there_is_none_of_that_name(string change)
    {
        using var answer = await worker.Api.PostAsync($"/api/queues/webhook/{change}", null, Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("webhooks, periodic, webhooks_retry, monitoring, reports", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    private WeightedGate Gate => worker.Services.GetRequiredService<WeightedGate>();

    private async Task<JsonElement> PostAsync(string change)
    {
        using var answer = await worker.Api.PostAsync($"/api/queues/webhooks/{change}", null, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }

    // The broker tells nothing of a queue in its first seconds.
    private static long? Figure(JsonElement queue, string name) => queue.TryGetProperty(name, out var figure) ? figure.GetInt64() : null;

    private async Task<JsonElement> QueueAsync() =>
        (await worker.ViewersApi.GetFromJsonAsync<JsonElement[]>("/api/queues", CancellationToken.None))!.Single(q => q.GetProperty("queue").GetString() == "webhooks");

    public sealed class Worker(TestServers servers) : TestWorker(servers, ("WORKER_CONCURRENCY", "4"));
}
