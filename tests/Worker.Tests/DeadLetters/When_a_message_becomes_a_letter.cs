using System.Text;
using System.Text.Json;
using CsCheck;
using Gateway.Persistence.Bulk;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Bus;
using Gateway.Worker.DeadLetters;
using Gateway.Worker.Hosting;
using Gateway.Worker.Ops.DeadLetters;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Worker.Tests.DeadLetters;

/// <summary>Anybody may publish any bytes with any headers: each is a letter that can be shown and put back. (docs/faults.md: C1)</summary>
public class When_a_message_becomes_a_letter
{
    private static readonly GatewayQueues Queues = GatewayJobs.QueuesOf(GatewayJobs.All);

    private const string Id = "0192a1b2-0000-7000-8000-000000000000";

    private static readonly DateTimeOffset Now = new(2026, 1, 31, 8, 0, 0, TimeSpan.Zero);

    // Bytes that are nearly what they should be reach further than random ones.
    private static readonly Gen<byte[]> Bodies = Gen.Frequency(
        (1, Gen.Byte.Array[0, 200]),
        (3, Gen.Select(Gen.Int[0, Samples.Length - 1], Gen.Int[0, 10_000], Gen.Byte, (sample, at, value) =>
        {
            var body = Encoding.Latin1.GetBytes(Samples[sample]);
            body[at % body.Length] = value;
            return body;
        })));

    private static readonly object?[] Plain =
        [null, true, (byte)1, (short)-2, int.MinValue, long.MaxValue, 1.5, float.NaN, 12.50m, new AmqpTimestamp(long.MaxValue), new BinaryTableValue([0xE9]), "caf\ud83d"];

    private static readonly Gen<object?> Values = Gen.Recursive<object?>((depth, value) => depth > 3 ? Gen.Const((object?)null) : Gen.OneOf(
        Gen.Byte.Array[0, 20].Select(bytes => (object?)bytes),
        Gen.Int[0, Plain.Length - 1].Select(i => Plain[i]),
        value.List[0, 3].Select(list => (object?)list),
        Gen.Dictionary(Gen.String[0, 5], value)[0, 3].Select(table => (object?)table)));

    private static string[] Samples =>
    [
        $$"""{"delivery_id":"{{Id}}","merchant_id":"m","event":"caf\ud83d","payload":{"a":[1.10,{"b":null}]},"attempt":5}""",
        $$"""{"messageId":"{{Id}}","messageType":["urn:x"],"message":{"delivery_id":"{{Id}}","merchant_id":"m","event":"e","payload":{} },"sentTime":"2026-01-31T08:00:00Z","headers":{"MT-Fault-Message":"x","mine":"y"} }""",
        $$"""{"merchant_id":"m","event":"e","payload":{{new string('[', 100)}}{{new string(']', 100)}} }""",
    ];

    /// <summary>Else it would be sent, and die, again and again.</summary>
    [Theory]
    [InlineData("0192a1b2-0000-7000-8000-00000000000f", "2", true)]
    [InlineData("no release", "2", false)]
    [InlineData(null, "2", false)]
    public void Should_leave_the_waiting_room_when_it_came_out_of_there(string? release, string round, bool leaves)
    {
        var merchant = Guid.CreateVersion7();
        var properties = new BasicProperties { Headers = new Dictionary<string, object?> { ["Gateway-Release"] = release, ["Gateway-Round"] = round } };
        var body = Encoding.UTF8.GetBytes($$"""{"delivery_id":"{{Id}}","merchant_id":"{{merchant}}","event":"e","payload":{},"attempt":3}""");
        var letter = LetterReader.Read(Queues.All.Single(queue => queue.Name == QueueNames.WebhooksRetry), wasSkipped: false, body, properties, Now);

        var step = LetterReader.LeaveWaitingRoom(letter, properties);

        Assert.Equal(leaves, step is not null);
        if (step is not null)
        {
            Assert.Equal((new DeliveryKey(Guid.Parse(Id), merchant), (short)2, 4, (Guid?)Guid.Parse(release!)), (step.Key, step.Round, step.Attempt, step.ReleaseId));
        }
    }

    [Fact]
    public void Should_be_kept_shown_and_put_back_whatever_it_is() =>
        Gen.Select(Bodies, Gen.Dictionary(Gen.String[0, 10], Values)[0, 4], Gen.Int[0, Queues.All.Count - 1]).Sample((body, headers, at) =>
        {
            var queue = Queues.All[at];
            var properties = new BasicProperties { MessageId = "m", Headers = headers };

            var letter = LetterReader.Read(queue, wasSkipped: false, body, properties, Now);

            Assert.Equal(letter.LetterId, LetterReader.Read(queue, wasSkipped: false, body, properties, Now.AddDays(1)).LetterId);
            // As the database keeps it.
            Assert.True(StorableText.From(letter.Event, 255) is null or { Length: <= 255 });
            var answer = DeadLetterResponse.From(new StoredLetter(letter, null, []), Queues, showsPayload: true);
            Assert.True(answer.Payload is not null ^ answer.Unreadable is not null);
            JsonSerializer.SerializeToUtf8Bytes(answer);
            var message = RequeuedMessage.From(new TakenLetter(letter, null, Round: 2), Now)!;
            Assert.Equal("3", message.Properties.Headers![JobRound.Header]);
        });

    [Fact]
    public void Should_keep_its_headers_of_every_type() => Gen.Dictionary(Gen.String[Gen.Char.AlphaNumeric, 0, 10], Values)[0, 4].Sample(headers =>
    {
        var stored = LetterProperties.Write(new BasicProperties { ContentType = "a/b", Priority = 3, Headers = headers });

        var read = LetterProperties.Read(stored);

        Assert.Equal(("a/b", 3), (read.ContentType, (int)read.Priority));
        // What is written once more is the same: text that is none was replaced the first time.
        Assert.Equal(stored, LetterProperties.Write(read));
    });

    [Fact]
    public void Should_say_that_RabbitMQ_gave_it_up_and_be_another_letter_each_time()
    {
        var (first, again, later) = (Read(1_769_846_000), Read(1_769_846_000), Read(1_769_846_300));

        Assert.Equal(("delivery_limit", new DateTime(2026, 1, 31, 7, 53, 20, DateTimeKind.Utc)), (first.Reason, first.DiedAt));
        Assert.StartsWith("It has returned to its queue as often as that allows", first.Error, StringComparison.Ordinal);
        Assert.Equal(first.LetterId, again.LetterId);
        Assert.NotEqual(first.LetterId, later.LetterId);

        static DeadLetter Read(long time) => ReadDeadOf("webhooks", "delivery_limit", new AmqpTimestamp(time));
    }

    [Theory]
    [InlineData("webhooks", "expired", "expired")]
    [InlineData("webhooks", "anything", "unknown")]
    // It waited for its turn in another queue.
    [InlineData("webhooks.delay.10s", "expired", "unknown")]
    public void Should_take_the_word_of_RabbitMQ_only_for_what_it_does_itself_to_the_queue(string queue, string word, string reason)
    {
        Assert.Equal(reason, ReadDeadOf(queue, word, new AmqpTimestamp(0)).Reason);
    }

    private static DeadLetter ReadDeadOf(string queue, string word, AmqpTimestamp time) => LetterReader.Read(
        Queues.All.Single(known => known.Name == "webhooks"),
        wasSkipped: false,
        Encoding.UTF8.GetBytes(Samples[0]),
        new BasicProperties
        {
            Headers = new Dictionary<string, object?>
            {
                ["x-death"] = new List<object>
                {
                    new Dictionary<string, object>
                    {
                        ["queue"] = Encoding.UTF8.GetBytes(queue),
                        ["reason"] = Encoding.UTF8.GetBytes(word),
                        ["time"] = time,
                    },
                },
            },
        },
        Now);

    [Theory]
    [InlineData("""{"delivery_id":"ID","merchant_id":"m","event":"e","payload":{},"attempt":2}""", "m", "e", 2)]
    [InlineData("""{"messageType":["urn:x"],"message":{"delivery_id":"ID","merchant_id":"m","event":"e"}}""", "m", "e", null)]
    [InlineData("""{"delivery_id":"ID","merchant_id":17,"event":"caf\ud83d","attempt":99999999999999999999}""", null, @"caf\ud83d", null)]
    [InlineData("""{"delivery_id":"ID","merchant_id":"m","event":"e","payload":{"a":1,}}""", "m", "e", null)]
    [InlineData("""{"delivery_id":"ID","merchant_id":"m","event":"e","payload":""", "m", "e", null)]
    [InlineData("\uFEFF{\"delivery_id\":\"ID\",\"merchant_id\":\"m\",\"event\":\"e\"}", "m", "e", null)]
    public void Should_name_its_job_as_far_as_it_can_be_read(string body, string? merchantId, string? @event, int? attempts)
    {
        var letter = LetterReader.Read(Queues.All[0], wasSkipped: false, Encoding.UTF8.GetBytes(body.Replace("ID", Id, StringComparison.Ordinal)), new BasicProperties(), Now);

        Assert.Equal((Guid.Parse(Id), merchantId, @event, attempts), (letter.JobId, letter.MerchantId, letter.Event, letter.Attempts));
    }

    [Theory]
    [InlineData("2026-01-31T07:00:00.0000000Z", "2026-01-31T07:00:00Z")]
    [InlineData("2026-01-31T09:00:00.0000000Z", "2026-01-31T08:00:00Z")]
    [InlineData("0001-01-01T00:00:00Z", "2026-01-31T08:00:00Z")]
    [InlineData("yesterday", "2026-01-31T08:00:00Z")]
    public void Should_have_died_when_its_header_says_so_unless_that_cannot_be(string header, string diedAt)
    {
        var properties = new BasicProperties { Headers = new Dictionary<string, object?> { ["MT-Fault-Timestamp"] = Encoding.UTF8.GetBytes(header) } };

        var letter = LetterReader.Read(Queues.All[0], wasSkipped: false, [], properties, Now);

        Assert.Equal(DateTimeOffset.Parse(diedAt, System.Globalization.CultureInfo.InvariantCulture).UtcDateTime, letter.DiedAt);
        Assert.Equal(DateTimeKind.Utc, letter.DiedAt.Kind);
    }

    [Theory]
    [InlineData("""{"a":"caf\ud83d"}""", "not Unicode")]
    [InlineData("{\"a\":1,}", "no JSON")]
    [InlineData("", "no JSON")]
    [InlineData("DEEP", "deeper than")]
    public void Should_be_shown_as_its_bytes_when_it_cannot_be_shown_as_JSON(string body, string reason)
    {
        var bytes = Encoding.UTF8.GetBytes(body == "DEEP" ? new string('[', 61) + new string(']', 61) : body);

        var payload = LetterPayload.From(new StoredLetter(LetterReader.Read(Queues.All[0], false, bytes, new BasicProperties(), Now), null, []));

        Assert.Null(payload.Json);
        Assert.Equal(bytes, payload.Bytes);
        Assert.Contains(reason, payload.Unreadable, StringComparison.Ordinal);
    }
}
