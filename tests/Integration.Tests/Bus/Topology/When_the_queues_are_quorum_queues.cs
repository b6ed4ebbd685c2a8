using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Xunit;

namespace Gateway.Integration.Tests.Bus.Topology;

/// <summary>What trials found (docs/faults.md: A4).</summary>
public sealed class When_the_queues_are_quorum_queues(When_the_queues_are_quorum_queues.Worker worker)
    : IClassFixture<When_the_queues_are_quorum_queues.Worker>
{
    // RabbitMQ 4 drops a message that has returned 20 times, unless told otherwise.
    private const int LostChannels = 25;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_be_what_the_worker_says_and_not_what_the_broker_would_make_of_them()
    {
        var queues = (await worker.Servers.RabbitMq.Management.GetFromJsonAsync<JsonElement>(
            $"api/queues{worker.BrokerUri.AbsolutePath}?columns=name,arguments", Cancellation)).EnumerateArray()
            .ToDictionary(
                queue => queue.GetProperty("name").GetString()!,
                queue => queue.GetProperty("arguments").EnumerateObject().ToDictionary(argument => argument.Name, argument => argument.Value.ToString()));

        Assert.All(queues.Values, arguments => Assert.Equal("quorum", arguments["x-queue-type"]));
        Assert.Equal(
            [
                ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "webhooks_error"), ("x-dead-letter-strategy", "at-least-once"),
                ("x-delivery-limit", "1000"), ("x-overflow", "reject-publish"), ("x-queue-type", "quorum"),
            ],
            queues[QueueNames.Webhooks].Select(argument => (argument.Key, argument.Value)).Order());
        Assert.Equal(
            [("x-delivery-limit", "1000000000"), ("x-queue-type", "quorum")],
            queues[QueueNames.SkippedOf(QueueNames.WebhooksRetry)].Select(argument => (argument.Key, argument.Value)).Order());
    }

    [Fact]
    public async Task Should_deliver_try_again_and_put_back_what_was_given_up()
    {
        var merchant = (await worker.AddMerchant()).Answers(500, 500, 500, 200);

        var delivery = await worker.Publish(merchant);
        Assert.Equal(JobState.Dead, (await worker.WaitUntilEndedAsync(delivery.DeliveryId))[^1].State);
        await worker.WaitUntilDeadLetterOfAsync(delivery.DeliveryId);
        await PutBackAsync(merchant);

        await WaitUntilDeliveredAsync(delivery.DeliveryId);
        Assert.Equal(4, merchant.Received.Count);
    }

    [Fact]
    public async Task Should_lose_nothing_that_returns_more_often_than_RabbitMQ_4_lets_it_of_itself()
    {
        var merchant = await worker.AddMerchant();
        await PauseAsync();
        DeliverWebhook[] deliveries = [await worker.Publish(merchant), await worker.Publish(merchant), await worker.Publish(merchant)];
        await using (var connection = await new ConnectionFactory { Uri = worker.BrokerUri }.CreateConnectionAsync(Cancellation))
        {
            for (var lost = 0; lost < LostChannels; lost++)
            {
                // Ends with the messages unsettled, as that of a worker that dies.
                await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
                await TakeAsync(channel, deliveries.Length);
            }
        }

        await ResumeAsync();

        foreach (var delivery in deliveries)
        {
            await WaitUntilDeliveredAsync(delivery.DeliveryId);
        }

        Assert.Equal(deliveries.Length, merchant.Received.Count);
    }

    [Fact]
    public async Task Should_make_a_dead_letter_of_what_reaches_the_limit_which_can_be_put_back()
    {
        var merchant = await worker.AddMerchant();
        await PauseAsync();
        var delivery = await worker.Publish(merchant);
        await using (var connection = await new ConnectionFactory { Uri = worker.BrokerUri }.CreateConnectionAsync(Cancellation))
        await using (var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation))
        {
            var returns = 0;
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += async (_, message) =>
            {
                returns++;
                await channel.BasicNackAsync(message.DeliveryTag, multiple: false, requeue: true);
            };
            await channel.BasicConsumeAsync(QueueNames.Webhooks, autoAck: false, consumer, Cancellation);

            var letter = await worker.WaitUntilDeadLetterOfAsync(delivery.DeliveryId);

            Assert.Equal(QueueArguments.MostReturns + 1, returns);
            Assert.Equal(("delivery_limit", QueueNames.Webhooks, merchant.Id), (TextOf(letter, "reason"), TextOf(letter, "queue"), TextOf(letter, "merchant_id")));
            Assert.StartsWith("It has returned to its queue as often as that allows", TextOf(letter, "error"), StringComparison.Ordinal);
            Assert.Equal("1.10", letter.GetProperty("payload").GetProperty("payload").GetProperty("amount").GetRawText());
        }

        await ResumeAsync();
        await PutBackAsync(merchant);
        await WaitUntilDeliveredAsync(delivery.DeliveryId);
        Assert.Single(merchant.Received);
    }

    private static async Task TakeAsync(IChannel channel, int count)
    {
        for (var taken = 0; taken < count;)
        {
            // What returned a moment ago may not be there yet.
            taken += await channel.BasicGetAsync(QueueNames.Webhooks, autoAck: false, Cancellation) is null ? 0 : 1;
        }
    }

    private static string TextOf(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private async Task WaitUntilDeliveredAsync(Guid deliveryId) => await Eventually.Read(
        () => worker.Runs(deliveryId), runs => runs is [.., { State: JobState.Succeeded }], $"webhook {deliveryId} was delivered");

    private async Task PauseAsync()
    {
        await PostAsync($"/api/queues/{QueueNames.Webhooks}/pause", HttpStatusCode.OK);
        await using var connection = await new ConnectionFactory { Uri = worker.BrokerUri }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        await Eventually.Read(
            async () => (await channel.QueueDeclarePassiveAsync(QueueNames.Webhooks, Cancellation)).ConsumerCount, consumers => consumers == 0, "Nobody consumes");
    }

    private Task ResumeAsync() => PostAsync($"/api/queues/{QueueNames.Webhooks}/resume", HttpStatusCode.OK);

    private async Task PutBackAsync(TestMerchant merchant)
    {
        using var answer = await worker.Api.PostAsJsonAsync("/api/dead-letters/requeue", new { merchant_id = merchant.Id }, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    private async Task PostAsync(string path, HttpStatusCode expected)
    {
        using var answer = await worker.Api.PostAsync(path, content: null, Cancellation);
        Assert.Equal(expected, answer.StatusCode);
    }

    public sealed class Worker(TestServers servers)
        : TestWorker(servers, ("RABBITMQ_QUEUE_TYPE", "quorum"), ("WEBHOOK_RETRY_DELAYS", "100ms,200ms"));
}
