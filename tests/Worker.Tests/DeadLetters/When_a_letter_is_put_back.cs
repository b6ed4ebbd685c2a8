using System.Text;
using Gateway.Persistence.Bulk;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using Gateway.Worker.DeadLetters;
using Gateway.Worker.Hosting;
using Gateway.Worker.Payments;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Worker.Tests.DeadLetters;

/// <summary>It is a message as if nobody had tried it.</summary>
public class When_a_letter_is_put_back
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(
        """{"merchant_id":"m", "payload" : {"amount":1.10,"note":"caf\ud83d \u00e9"}, "attempt":5}""",
        """{"merchant_id":"m","payload" : {"amount":1.10,"note":"caf\ud83d \u00e9"},"occurred_at":"2026-01-31T08:00:00.0000000Z"}""")]
    [InlineData("""{"attempt":5,"Occurred_At":"2026-01-30T08:00:00+07:00"}""", """{"Occurred_At":"2026-01-30T08:00:00+07:00"}""")]
    [InlineData("""{"occurred_at":null}""", """{"occurred_at":null,"occurred_at":"2026-01-31T08:00:00.0000000Z"}""")]
    [InlineData(
        """{"messageType":["urn:x"],"sentTime":"2026-01-30T08:00:00Z","message":{"event":"e","attempt":5},"headers":{"MT-Redelivery-Count":3,"Gateway-Enqueued-At":"1","mine":"caf\ud83d"}}""",
        """{"messageType":["urn:x"],"message":{"event":"e","occurred_at":"2026-01-30T08:00:00.0000000Z"},"headers":{"Gateway-Round":"1","mine":"caf\ud83d"}}""")]
    [InlineData("""{"messageType":["urn:x"],"message":{"event":"e"}}""", """{"messageType":["urn:x"],"message":{"event":"e","occurred_at":"2026-01-31T08:00:00.0000000Z"},"headers":{"Gateway-Round":"1"}}""")]
    [InlineData("not JSON", "not JSON")]
    [InlineData("""{"attempt":5} and more""", """{"attempt":5} and more""")]
    [InlineData("[1]", "[1]")]
    [InlineData("", "")]
    public void Should_lose_the_traces_of_its_failures_and_no_byte_more(string body, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(Requeued(body, new BasicProperties()).Body));

    [Theory]
    [InlineData("""{"event":""}""", """{"event":"","delivery_id":"ID","occurred_at":"2026-01-31T08:00:00.0000000Z"}""")]
    [InlineData("""{"messageType":["urn:x"],"message":{}}""", """{"messageType":["urn:x"],"message":{"delivery_id":"ID","occurred_at":"2026-01-31T08:00:00.0000000Z"},"headers":{"Gateway-Round":"1"}}""")]
    public void Should_keep_the_id_that_it_got_when_it_was_refused(string body, string expected)
    {
        var id = Guid.CreateVersion7();
        var properties = new BasicProperties { Headers = new Dictionary<string, object?> { ["Gateway-Job-Id"] = id.ToString() } };

        Assert.Equal(expected.Replace("ID", id.ToString(), StringComparison.Ordinal), Encoding.UTF8.GetString(Requeued(body, properties).Body));
    }

    /// <summary>An order of events goes by it, whenever an operator puts the letter back.</summary>
    [Fact]
    public void Should_say_when_it_was_published()
    {
        var properties = new BasicProperties { Timestamp = new AmqpTimestamp(Now.AddDays(-3).ToUnixTimeSeconds()) };

        Assert.Equal("""{"event":"e","occurred_at":"2026-01-28T08:00:00.0000000Z"}""", Encoding.UTF8.GetString(Requeued("""{"event":"e"}""", properties).Body));
    }

    [Fact]
    public void Should_keep_the_attempt_of_what_is_no_webhook() =>
        Assert.Equal("""{"attempt":5}""", Encoding.UTF8.GetString(Requeued("""{"attempt":5}""", new BasicProperties(), ExpirePaymentsJob.Definition.Queue).Body));

    [Fact]
    public void Should_keep_the_headers_of_its_publisher_alone()
    {
        var message = Requeued("{}", new BasicProperties
        {
            MessageId = "its own",
            Expiration = "1000",
            UserId = "guest",
            Headers = new Dictionary<string, object?>
            {
                ["mine"] = "x"u8.ToArray(),
                ["MT-Fault-Message"] = "no"u8.ToArray(),
                ["MT-Reason"] = "fault"u8.ToArray(),
                ["Gateway-Release"] = "r"u8.ToArray(),
                ["Gateway-Round"] = "6"u8.ToArray(),
                ["x-death"] = new List<object?>(),
            },
        });

        Assert.Equal(["Gateway-Round=7", "mine=x"], message.Properties.Headers!.Select(header => $"{header.Key}={header.Value}").Order());
        Assert.Equal(("its own", true, null, null), (message.Properties.MessageId, message.Properties.Persistent, message.Properties.Expiration, message.Properties.UserId));
        Assert.Equal(Now.ToUnixTimeSeconds(), message.Properties.Timestamp.UnixTime);
    }

    [Theory]
    [InlineData(QueueNames.WebhooksRetry, QueueNames.Webhooks)]
    [InlineData("reports", "reports")]
    public void Should_go_where_its_first_attempt_is_made(string queue, string destination) =>
        Assert.Equal(destination, Requeued("{}", new BasicProperties(), queue).Destination);

    [Fact]
    public void Should_say_what_was_kept_of_a_webhook_whose_attempts_ended()
    {
        var letter = new DeadLetter { LetterId = Guid.CreateVersion7(), DiedAt = Now.UtcDateTime, Queue = QueueNames.WebhooksRetry, JobId = Guid.CreateVersion7(), Reason = "exhausted" };
        var webhook = new KeptWebhook { DeliveryId = letter.JobId!.Value, MerchantId = "m", Event = "e", Payload = """{"a":1.10,"b":"caf\ud83d"}""", OccurredAt = "2026-01-31T08:00:00.0000000+00:00" };

        var message = RequeuedMessage.From(new TakenLetter(letter, webhook, Round: 0), Now)!;

        Assert.Equal(
            $$"""{"delivery_id":"{{letter.JobId}}","merchant_id":"m","event":"e","payload":{"a":1.10,"b":"caf\ud83d"},"occurred_at":"2026-01-31T08:00:00.0000000\u002B00:00"}""",
            Encoding.UTF8.GetString(message.Body));
        Assert.Equal(("application/json", letter.LetterId.ToString()), (message.Properties.ContentType, message.Properties.MessageId));
        Assert.Null(RequeuedMessage.From(new TakenLetter(letter, null, Round: 0), Now));
    }

    private static RequeuedMessage Requeued(string body, BasicProperties properties, string queue = QueueNames.Webhooks) =>
        RequeuedMessage.From(new TakenLetter(LetterReader.Read(new QueueDescription(queue, GatewayJobs.QueuesOf(GatewayJobs.All).JobTypeOf(queue)), wasSkipped: false, Encoding.UTF8.GetBytes(body), properties, Now), null, Round: 0), Now)!;
}
