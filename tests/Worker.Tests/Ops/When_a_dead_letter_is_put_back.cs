using System.Globalization;
using System.Text;
using Gateway.Worker.Bus;
using Gateway.Worker.Ops.DeadLetters;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Worker.Tests.Ops;

public class When_a_dead_letter_is_put_back
{
    [Fact]
    public void Should_count_as_enqueued_from_then_on_though_its_publisher_gave_it_a_time()
    {
        var now = new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
        var published = new BasicProperties { Timestamp = new AmqpTimestamp(now.AddDays(-2).ToUnixTimeSeconds()) };
        var letter = new DeadLetterMessage(QueueNames.Webhooks, new BasicGetResult(1, false, "", "", 0, published, Encoding.UTF8.GetBytes("{}")));

        var (properties, _) = letter.Anew(now);

        Assert.Equal(now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), properties.Headers![EnqueuedAt.Header]);
        Assert.Equal(now.UtcDateTime, EnqueuedAt.Of(properties.Headers[EnqueuedAt.Header], sentTime: null, properties.Timestamp.UnixTime, now.UtcDateTime));
    }
}
