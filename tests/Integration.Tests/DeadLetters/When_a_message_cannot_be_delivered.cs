using System.Text;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.DeadLetters;

/// <summary>A message that nobody can make sense of is a dead letter, with the reason, and holds up nothing. (docs/faults.md: C3)</summary>
public sealed class When_a_message_cannot_be_delivered(When_a_message_cannot_be_delivered.Worker worker)
    : IClassFixture<When_a_message_cannot_be_delivered.Worker>
{
    private const string Json = "application/json";
    private const string Envelope = "application/vnd.masstransit+json";
    private const string Id = "0192a1b2-0000-7000-8000-000000000000";

    [Theory]
    [InlineData("not JSON", "{\"merchant_id\":", "JSON")]
    [InlineData("nothing", "", "merchant_id")]
    [InlineData("an array", "[1,2]", "cannot be read")]
    [InlineData("text", "\"hello\"", "cannot be read")]
    [InlineData("a null", "null", "cannot be read")]
    [InlineData("no merchant", """{"event":"e","payload":{} }""", "merchant_id")]
    [InlineData("no event", """{"merchant_id":"m","payload":{} }""", "event")]
    [InlineData("no payload", """{"merchant_id":"m","event":"e"}""", "payload")]
    [InlineData("a number for the merchant", """{"merchant_id":17,"event":"e","payload":{} }""", "merchant_id")]
    [InlineData("a null for the merchant", """{"merchant_id":null,"event":"e","payload":{} }""", "merchant_id")]
    [InlineData("an empty event", """{"merchant_id":"m","event":"","payload":{} }""", "event")]
    [InlineData("a null for the event", """{"merchant_id":"m","event":null,"payload":{} }""", "event")]
    [InlineData("an id that is none", """{"delivery_id":"17","merchant_id":"m","event":"e","payload":{} }""", "delivery_id")]
    [InlineData("an id of zeros", """{"delivery_id":"00000000-0000-0000-0000-000000000000","merchant_id":"m","event":"e","payload":{} }""", "delivery_id")]
    [InlineData("text for the attempt", """{"merchant_id":"m","event":"e","payload":{},"attempt":"two"}""", "attempt")]
    [InlineData("a negative attempt", """{"merchant_id":"m","event":"e","payload":{},"attempt":-1}""", "attempt")]
    [InlineData("a time that is none", """{"merchant_id":"m","event":"e","payload":{},"occurred_at":"yesterday"}""", "occurred_at")]
    [InlineData("an array for the payload", """{"merchant_id":"m","event":"e","payload":[1]}""", "payload")]
    [InlineData("text for the payload", """{"merchant_id":"m","event":"e","payload":"{}"}""", "payload")]
    [InlineData("a null for the payload", """{"merchant_id":"m","event":"e","payload":null}""", "payload")]
    [InlineData("a trailing comma", """{"merchant_id":"m","event":"e","payload":{"a":1,}}""", "JSON")]
    public async Task Should_make_a_dead_letter_of_plain_JSON_that_is_wrong(string wrong, string body, string named)
    {
        var letter = await PublishAndFind(Encoding.UTF8.GetBytes(body), Json);

        Assert.Equal(body, Encoding.UTF8.GetString(letter.Body!));
        Assert.True(letter.Error?.Contains(named, StringComparison.Ordinal), $"with {wrong} the error was: {letter.Error}");
        Assert.True(letter.Reason is "unreadable" or ['i', 'n', 'v', ..], $"with {wrong} the reason was: {letter.Reason}");
        await AssertThatTheNextOneIsDelivered();
    }

    [Theory]
    [InlineData("{", "JSON")]
    [InlineData("{}", "message")]
    [InlineData("""{"messageType":["urn:message:Gateway.Contracts:DeliverWebhook"]}""", "message")]
    [InlineData("""{"messageType":["urn:message:Gateway.Contracts:DeliverWebhook"],"message":{"merchant_id":"m"}}""", "payload")]
    public async Task Should_make_a_dead_letter_of_an_envelope_that_is_wrong(string body, string named)
    {
        var letter = await PublishAndFind(Encoding.UTF8.GetBytes(body), Envelope);

        Assert.Contains(named, letter.Error, StringComparison.Ordinal);
        Assert.Equal("unreadable", letter.Reason);
        await AssertThatTheNextOneIsDelivered();
    }

    [Fact]
    public async Task Should_make_a_dead_letter_of_an_envelope_of_another_message()
    {
        var body = """{"messageType":["urn:message:Gateway.Contracts:ExpirePayments"],"message":{"run_at":"2026-01-31T08:00:00Z"}}"""u8.ToArray();

        var letter = await PublishAndFind(body, Envelope);

        Assert.Equal(body, letter.Body);
        Assert.Equal((true, "no_consumer", "no consumer of this queue takes messages of this type"), (letter.WasSkipped, letter.Reason, letter.Error));
        await AssertThatTheNextOneIsDelivered();
    }

    [Fact]
    public async Task Should_refuse_a_payload_of_ten_megabytes()
    {
        var merchant = await worker.AddMerchant();
        var id = Guid.CreateVersion7();
        var body = $$"""{"delivery_id":"{{id}}","merchant_id":"{{merchant.Id}}","event":"e","payload":{"a":"{{new string('x', 10 * 1024 * 1024)}}"} }""";

        var letter = await PublishAndFind(Encoding.UTF8.GetBytes(body), Json);

        Assert.Equal(body.Length, letter.Body!.Length);
        Assert.Contains("262144 are accepted", letter.Error, StringComparison.Ordinal);
        Assert.Equal((id, merchant.Id, "payload_too_large"), (letter.JobId, letter.MerchantId, letter.Reason));
        var run = Assert.Single(await worker.Runs(id));
        Assert.Equal((JobState.Dead, "payload_too_large"), (run.State, run.Reason));
        Assert.Empty(merchant.Received);
        await AssertThatTheNextOneIsDelivered();
    }

    /// <summary>Signed and posted it would be no JSON, and what is kept would be something else.</summary>
    [Fact]
    public async Task Should_keep_to_the_last_byte_what_is_no_UTF_8_and_post_it_to_nobody()
    {
        var (merchant, id) = (await worker.AddMerchant(), Guid.CreateVersion7());
        byte[] body =
            [.. Encoding.UTF8.GetBytes($$"""{"delivery_id":"{{id}}","merchant_id":"{{merchant.Id}}","event":"e","payload":{"name":"caf"""), 0xE9, .. "\"}}"u8];

        var letter = await PublishAndFind(body, Json);

        Assert.Equal((id, "invalid_payload"), (letter.JobId, letter.Reason));
        Assert.Contains("byte 12", letter.Error, StringComparison.Ordinal);
        Assert.Equal(body, letter.Body);
        Assert.Empty(merchant.Received);
        await AssertThatTheNextOneIsDelivered();
    }

    [Fact]
    public async Task Should_name_the_job_of_a_letter_that_has_no_id_of_its_own()
    {
        var letter = await PublishAndFind("""{"merchant_id":"m","event":"","payload":{}}"""u8.ToArray(), Json);

        var run = Assert.Single(await worker.Runs(letter.JobId!.Value));
        Assert.Equal((JobState.Dead, "invalid_event", "invalid_event"), (run.State, run.Reason, letter.Reason));
    }

    [Fact]
    public async Task Should_record_a_message_whose_id_could_be_read()
    {
        await PublishAndFind(Encoding.UTF8.GetBytes($$"""{"delivery_id":"{{Id}}","merchant_id":"m","event":"e","payload":[1]}"""), Json);

        var run = Assert.Single(await worker.Runs(Guid.Parse(Id)));
        Assert.Equal((JobState.Dead, "invalid_payload"), (run.State, run.Reason));
        Assert.Contains("a JSON array", run.Detail, StringComparison.Ordinal);
    }

    private async Task<DeadLetter> PublishAndFind(byte[] body, string contentType)
    {
        var messageId = Guid.CreateVersion7().ToString();
        var properties = new BasicProperties { ContentType = contentType, MessageId = messageId, Persistent = true };
        await worker.Broker.Publish("", QueueNames.Webhooks, body, properties);
        return await worker.WaitUntilDeadLetterAsync(messageId);
    }

    private async Task AssertThatTheNextOneIsDelivered()
    {
        var next = await worker.Publish(worker.HealthyMerchant);
        Assert.Equal(JobState.Succeeded, (await worker.WaitUntilEndedAsync(next.DeliveryId))[^1].State);
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers), IAsyncLifetime
    {
        public TestMerchant HealthyMerchant { get; private set; } = null!;

        async ValueTask IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            HealthyMerchant = await AddMerchant();
        }
    }
}
