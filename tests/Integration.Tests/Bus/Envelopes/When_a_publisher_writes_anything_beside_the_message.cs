using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Persistence.JobLog;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Bus.Envelopes;

/// <summary>
/// Ids, times and headers are whatever the publisher's client writes there. None may keep a failing webhook from its retries,
/// of which the first one goes wrong only after the merchant has been posted to. (docs/faults.md: A1)
/// </summary>
public sealed class When_a_publisher_writes_anything_beside_the_message(When_a_publisher_writes_anything_beside_the_message.Worker worker)
    : IClassFixture<When_a_publisher_writes_anything_beside_the_message.Worker>
{
    private const string ContractExchange = "Gateway.Contracts:DeliverWebhook";

    private static readonly long?[] Timestamps =
        [null, 0, -1, 1, 1_767_225_600, 1_767_225_600_000, 253_402_300_799, 253_402_300_800, long.MaxValue, long.MinValue];

    private static readonly object?[] EnqueuedAtHeaders =
    [
        null, "", "-1", "0", "soon", "253402300799999", "253402300800000", "9223372036854775807", "99999999999999999999",
        253_402_300_800_000, long.MinValue, int.MaxValue, true, 1e300, new AmqpTimestamp(long.MaxValue), new byte[] { 0xff, 0x00 },
        new List<object?> { "1" }, new Dictionary<string, object?> { ["a"] = 1 },
    ];

    public static TheoryData<string> HostileHeaders => [.. Hostile.Keys];

    private static Dictionary<string, (string Name, object? Value)> Hostile { get; } = new()
    {
        ["a name that is empty"] = ("", "text"),
        ["a table that is deep"] = ("x-deep", Nested(80)),
        ["a count of redeliveries that is text"] = ("MT-Redelivery-Count", "many"),
        ["a count of redeliveries that is a list"] = ("MT-Redelivery-Count", new List<object?> { 1 }),
        ["a death in the far future"] = ("x-death", new List<object?> { new Dictionary<string, object?> { ["time"] = new AmqpTimestamp(long.MaxValue) } }),
    };

    [Fact]
    public async Task Should_retry_up_the_whole_ladder_whatever_UUID_the_message_has()
    {
        var deliveries = new List<Guid>();
        for (var i = 0; i < 40; i++)
        {
            var properties = new BasicProperties { MessageId = (i % 2 == 0 ? NewVersion4() : Guid.CreateVersion7()).ToString() };
            if (i >= 20)
            {
                if (Timestamps[i % Timestamps.Length] is { } timestamp)
                {
                    properties.Timestamp = new AmqpTimestamp(timestamp);
                }

                properties.Headers = new Dictionary<string, object?> { [EnqueuedAt.Header] = EnqueuedAtHeaders[i % EnqueuedAtHeaders.Length] };
            }

            // One each, because an endpoint that only fails is soon left alone for a while.
            deliveries.Add(await PublishPlain((await worker.AddMerchant()).Answers(500), properties));
        }

        Assert.All(await Task.WhenAll(deliveries.Select(worker.WaitUntilEndedAsync)), AssertWholeLadder);
    }

    [Theory]
    [MemberData(nameof(HostileHeaders))]
    public async Task Should_retry_up_the_whole_ladder_whatever_a_header_is(string what)
    {
        var merchant = (await worker.AddMerchant()).Answers(500);
        var (name, value) = Hostile[what];

        var id = await PublishPlain(merchant, new BasicProperties { CorrelationId = "order-7", Headers = new Dictionary<string, object?> { [name] = value } });

        AssertWholeLadder(await worker.WaitUntilEndedAsync(id));
    }

    [Theory]
    [InlineData("\"messageId\":\"order-7\"")]
    [InlineData("\"correlationId\":\"order-7\"")]
    [InlineData("\"requestId\":\"order-7\",\"conversationId\":\"a\",\"initiatorId\":\"b\"")]
    [InlineData("\"sentTime\":\"9999-12-31T23:59:59.9999999Z\",\"expirationTime\":\"9999-12-31T23:59:59.9999999Z\"")]
    [InlineData("\"headers\":{\"x\":1e999,\"deep\":{\"a\":[1e999]},\"MT-Redelivery-Count\":\"many\",\"MT-Activity-Correlation-Context\":\"baggage\"}")]
    [InlineData("\"headers\":{\"MT-Redelivery-Count\":2147483647,\"Gateway-Enqueued-At\":{\"a\":1}}")]
    [InlineData("\"headers\":{\"Gateway-Enqueued-At\":\"253402300800000\"}")]
    public async Task Should_retry_up_the_whole_ladder_whatever_the_envelope_says(string written)
    {
        var merchant = (await worker.AddMerchant()).Answers(500);
        var id = Guid.CreateVersion7();

        await worker.Broker.Publish(
            ContractExchange,
            routingKey: "",
            Encoding.UTF8.GetBytes($$"""{"messageType":["urn:message:{{ContractExchange}}"],"message":{{Message(id, merchant)}},{{written}}}"""),
            new BasicProperties { Persistent = true, ContentType = "application/vnd.masstransit+json" });

        AssertWholeLadder(await worker.WaitUntilEndedAsync(id));
    }

    [Fact]
    public async Task Should_say_why_a_message_can_never_be_delivered_though_its_failure_cannot_be_sent_where_it_asks()
    {
        var merchant = await worker.AddMerchant();
        var properties = new BasicProperties { Headers = new Dictionary<string, object?> { ["MT-Fault-Address"] = "http://nowhere.example/" } };

        var id = await PublishPlain(merchant, properties, attempt: -1);

        var letter = await worker.WaitUntilDeadLetterOfAsync(id);
        Assert.Equal("invalid_attempt", letter.GetProperty("reason").GetString());
        Assert.Contains("attempt is -1", letter.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(int.MaxValue, 1001)]
    [InlineData(int.MinValue, 1)]
    public async Task Should_record_a_count_of_attempts_that_makes_no_sense_as_one_that_can_be(int attempt, int recorded)
    {
        var merchant = await worker.AddMerchant();

        var id = await PublishPlain(merchant, new BasicProperties(), attempt);

        var run = Assert.Single(await worker.WaitUntilEndedAsync(id));
        Assert.Equal((JobState.Dead, "invalid_attempt", recorded), (run.State, run.Reason, run.Attempt));
        Assert.Contains(attempt.ToString(CultureInfo.InvariantCulture), run.Detail!, StringComparison.Ordinal);
    }

    private static void AssertWholeLadder(IReadOnlyList<JobRun> runs)
    {
        Assert.Equal([1, 2, 3, 4, 5, 6], runs.Select(run => run.Attempt));
        Assert.Equal(JobState.Dead, runs[^1].State);
    }

    private async Task<Guid> PublishPlain(TestMerchant merchant, BasicProperties properties, int attempt = 0)
    {
        var id = Guid.CreateVersion7();
        properties.Persistent = true;
        properties.ContentType = "application/json";
        await worker.Broker.Publish(ContractExchange, routingKey: "", Encoding.UTF8.GetBytes(Message(id, merchant, attempt)), properties);
        return id;
    }

    private static string Message(Guid id, TestMerchant merchant, int attempt = 0) =>
        $$"""{"delivery_id":"{{id}}","merchant_id":"{{merchant.Id}}","event":"payment.completed","payload":{},"attempt":{{attempt}}}""";

    private static Guid NewVersion4()
    {
        var bytes = RandomNumberGenerator.GetBytes(16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static object Nested(int depth) => depth == 0 ? "text" : new Dictionary<string, object?> { ["a"] = Nested(depth - 1) };

    public sealed class Worker(TestServers servers) : TestWorker(servers, ("WEBHOOK_RETRY_DELAYS", "20ms,40ms,60ms,80ms,100ms"));
}
