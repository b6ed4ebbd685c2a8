using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Bus.Envelopes;

/// <summary>Plain JSON over AMQP, as a Go or Node service sends it. (docs/faults.md: A8, C5)</summary>
public sealed class When_a_service_publishes_without_MassTransit(When_a_service_publishes_without_MassTransit.Worker worker)
    : IClassFixture<When_a_service_publishes_without_MassTransit.Worker>
{
    private const string ContractExchange = "Gateway.Contracts:DeliverWebhook";
    private const char ByteOrderMark = '\ufeff';
    private const string Payload = """{ "amount" : 1.10, "memo":"\u00e9 \/ é" }""";

    [Theory]
    [InlineData(ContractExchange, "", "application/json")]
    [InlineData(ContractExchange, "", null)]
    [InlineData("", QueueNames.Webhooks, "application/json")]
    [InlineData("", QueueNames.Webhooks, "application/json; charset=utf-8")]
    [InlineData("", QueueNames.Webhooks, "text/plain")]
    [InlineData("", QueueNames.Webhooks, null)]
    public async Task Should_deliver_it_like_one_of_MassTransit(string exchange, string routingKey, string? contentType)
    {
        var merchant = await worker.AddMerchant();
        var enveloped = TestWorker.NewDelivery(merchant, payload: Payload) with { OccurredAt = new DateTimeOffset(2026, 1, 31, 8, 0, 0, TimeSpan.Zero) };
        await worker.Bus.Publish(enveloped, TestContext.Current.CancellationToken);
        var expected = await merchant.WaitUntilReceivedAsync();
        var id = Guid.CreateVersion7();

        await Publish(
            $$"""{"delivery_id":"{{id}}","merchant_id":"{{merchant.Id}}","event":"payment.completed","payload":{{Payload}},"occurred_at":"2026-01-31T08:00:00Z"}""",
            contentType,
            exchange,
            routingKey);

        var webhook = await merchant.WaitUntilReceivedAsync();
        Assert.Equal(id, webhook.Id);
        Assert.Equal(expected.Body, webhook.Body);
        Assert.Equal(expected.Headers.Keys.Order(), webhook.Headers.Keys.Order());
        var (plain, other) = (Assert.Single(await worker.WaitUntilEndedAsync(id)), Assert.Single(await worker.WaitUntilEndedAsync(enveloped.DeliveryId)));
        Assert.Equal(JobState.Succeeded, plain.State);
        Assert.Equal(
            (other.JobType, other.Queue, other.Attempt, other.MerchantId, other.Event), (plain.JobType, plain.Queue, plain.Attempt, plain.MerchantId, plain.Event));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"delivery_id\":null,")]
    public async Task Should_tell_those_apart_that_have_no_id_by_all_that_stays_when_the_broker_hands_them_out_again(string id)
    {
        var merchant = await worker.AddMerchant();
        var text = $$"""{{{id}}"merchant_id":"{{merchant.Id}}","event":"payment.completed","payload":{"amount":1.10} }""";
        BasicProperties[] each =
        [
            new() { MessageId = "1" }, new() { MessageId = "2" }, new() { Timestamp = new(1_767_225_600) }, new() { Timestamp = new(1_767_225_601) }, new(),
        ];
        foreach (var properties in each.Concat(each))
        {
            properties.ContentType = "application/json";
            await worker.Broker.Publish(ContractExchange, "", Encoding.UTF8.GetBytes(text), properties);
        }

        await Eventually.Read(
            async () => (await worker.ViewersApi.GetFromJsonAsync<JsonElement>($"/api/jobs?merchant_id={merchant.Id}", TestContext.Current.CancellationToken))
                .GetProperty("jobs").EnumerateArray().Count(job => job.TryGetProperty("reason", out var reason) && reason.GetString() == "already_delivered"),
            skipped => skipped == each.Length,
            "the second of each is skipped");
        Assert.Equal(each.Length, merchant.Received.Select(webhook => webhook.Id).Distinct().Count());
        Assert.Equal(each.Length, merchant.Received.Count);
    }

    [Fact]
    public async Task Should_pass_over_fields_that_it_does_not_know()
    {
        var merchant = await worker.AddMerchant();
        var id = Guid.CreateVersion7();

        await Publish($$"""{"version":2,"delivery_id":"{{id}}","merchant_id":"{{merchant.Id}}","tags":["a",{"b":null}],"event":"payment.completed","payload":{} }""");

        Assert.Equal(id, (await merchant.WaitUntilReceivedAsync()).Id);
    }

    [Fact]
    public async Task Should_name_a_delivery_that_has_no_id_and_keep_the_name_for_every_attempt()
    {
        var merchant = (await worker.AddMerchant()).Answers(500, 200);

        await Publish($$"""{"merchant_id":"{{merchant.Id}}","event":"payment.completed","payload":{} }""");

        var (first, second) = (await merchant.WaitUntilReceivedAsync(), await merchant.WaitUntilReceivedAsync());
        Assert.NotEqual(Guid.Empty, first.Id);
        Assert.Equal(first.Id, second.Id);
        Assert.Equal(first.Body, second.Body);
        Assert.Equal(2, (await worker.WaitUntilEndedAsync(first.Id)).Count);
    }

    [Fact]
    public async Task Should_count_on_from_the_attempts_that_were_made_elsewhere()
    {
        var merchant = (await worker.AddMerchant()).Answers(500);
        var id = Guid.CreateVersion7();

        await Publish($$"""{"delivery_id":"{{id}}","merchant_id":"{{merchant.Id}}","event":"payment.completed","payload":{},"attempt":4}""");

        var runs = await worker.WaitUntilEndedAsync(id);
        Assert.Equal([5, 6], runs.Select(r => r.Attempt));
        Assert.Equal(JobState.Dead, runs[^1].State);
    }

    [Fact]
    public async Task Should_retry_it_down_the_whole_ladder_and_keep_its_payload()
    {
        var merchant = (await worker.AddMerchant()).Answers(500);
        var id = Guid.CreateVersion7();

        await Publish($$"""{"delivery_id":"{{id}}","merchant_id":"{{merchant.Id}}","event":"payment.completed","payload":{{Payload}}}""");

        Assert.Equal(6, (await worker.WaitUntilEndedAsync(id)).Count);
        await worker.WaitUntilDeadLetterOfAsync(id);
        Assert.Equal(Payload, await worker.KeptPayload(id));
    }

    /// <summary>What other languages' JSON libraries write without being asked.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_take_null_for_what_is_optional_and_pass_over_a_byte_order_mark_and_know_leap_seconds(bool isEnveloped)
    {
        var merchant = (await worker.AddMerchant()).Answers(500, 200);
        var message = $$"""
            {"delivery_id":null,"merchant_id":"{{merchant.Id}}","event":"payment.completed","payload":{{Payload}},"attempt":null,"occurred_at":"2016-12-31T23:59:60Z"}
            """;

        await (isEnveloped
            ? Publish(
                $$"""{{ByteOrderMark}}{"messageType":["urn:message:Gateway.Contracts:DeliverWebhook"],"message":{{message}}}""", "application/vnd.masstransit+json")
            : Publish(ByteOrderMark + message));

        var (first, second) = (await merchant.WaitUntilReceivedAsync(), await merchant.WaitUntilReceivedAsync());
        Assert.Contains("2017-01-01T00:00:00", Encoding.UTF8.GetString(first.Body), StringComparison.Ordinal);
        Assert.Equal((first.Id, Encoding.UTF8.GetString(first.Body)), (second.Id, Encoding.UTF8.GetString(second.Body)));
        Assert.Equal([1, 2], (await worker.WaitUntilEndedAsync(first.Id)).Select(run => run.Attempt));
    }

    private Task Publish(string json, string? contentType = "application/json", string exchange = "", string routingKey = QueueNames.Webhooks)
    {
        var properties = new BasicProperties { Persistent = true };
        if (contentType is not null)
        {
            properties.ContentType = contentType;
        }

        return worker.Broker.Publish(exchange, routingKey, Encoding.UTF8.GetBytes(json), properties);
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers);
}
