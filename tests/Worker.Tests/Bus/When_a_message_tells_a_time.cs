using System.Globalization;
using System.Text;
using CsCheck;
using Gateway.Worker.Bus;
using MassTransit;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Worker.Tests.Bus;

/// <summary>A time that cannot be broke the delivery between the post and its record. (docs/faults.md: A1)</summary>
public class When_a_message_tells_a_time
{
    private static readonly DateTime Now = new(2026, 3, 1, 8, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime Earliest = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    private static readonly Gen<DateTime> Times = Gen.OneOf(
        Gen.Long[DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks].Select(ticks => new DateTime(ticks, DateTimeKind.Utc)),
        Gen.Long[DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks].Select(ticks => new DateTime(ticks, DateTimeKind.Local)),
        // As the library takes a UUID for an id of its own.
        Gen.Guid.Select(id => id.ToNewId().Timestamp),
        Some(DateTime.MinValue, DateTime.MaxValue, DateTime.UnixEpoch, Earliest, Earliest.AddTicks(-1), Now, Now + Ahead, Now + Ahead + TimeSpan.FromTicks(1)));

    private static readonly Gen<long> Numbers = Gen.OneOf(
        Gen.Long,
        Gen.Long[0, 5_000_000_000],
        Gen.Long[0, 5_000_000_000_000],
        Some(long.MinValue, -1, 0, int.MaxValue, 253_402_300_799, 253_402_300_800, 253_402_300_799_999, 253_402_300_800_000, long.MaxValue));

    private static readonly Gen<object?> Values = Gen.OneOf<object?>(
        Numbers.Select(number => (object?)number),
        Numbers.Select(number => (object?)number.ToString(CultureInfo.InvariantCulture)),
        Numbers.Select(number => (object?)Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture))),
        Numbers.Select(number => (object?)new AmqpTimestamp(number)),
        Numbers.Select(number => (object?)new List<object> { new Dictionary<string, object> { ["time"] = new AmqpTimestamp(number) } }),
        Gen.String.Select(text => (object?)text),
        Gen.Byte.Array.Select(bytes => (object?)bytes),
        Gen.Int.Select(number => (object?)number),
        Gen.Double.Select(number => (object?)number),
        Gen.Bool.Select(value => (object?)value),
        Some<object?>(
            null,
            double.NaN,
            new List<object>(),
            new List<object> { "text" },
            new List<object> { new Dictionary<string, object>() },
            new List<object> { new Dictionary<string, object> { ["time"] = "now" } },
            new Dictionary<string, object> { ["time"] = 1 }));

    [Fact]
    public void Should_never_fail_nor_believe_one_that_cannot_be() =>
        Gen.Select(Values, Times.Nullable(), Numbers.Nullable(), Times).Sample((header, sentTime, timestamp, now) =>
        {
            now = DateTime.SpecifyKind(now, DateTimeKind.Utc);
            AssertInRange(EnqueuedAt.Of(header, sentTime, timestamp, now), now);
            AssertInRange(ArrivedAt.Of(header, sentTime, timestamp, now), now);
        });

    [Fact]
    public void Should_take_any_time_into_the_header_and_a_possible_one_out_of_it() =>
        Times.Sample(time =>
        {
            var told = EnqueuedAt.Of(UnixMilliseconds.Format(time), sentTime: null, timestamp: null, Now);

            // The header has whole milliseconds.
            DateTime? expected = new DateTime(time.Ticks - time.Ticks % TimeSpan.TicksPerMillisecond, DateTimeKind.Utc);
            Assert.Equal(expected >= Earliest && expected <= Now + Ahead ? expected : null, told);
        });

    [Fact]
    public void Should_believe_the_header_first_then_the_envelope_then_the_property()
    {
        var (header, sentTime, timestamp) = (Now.AddHours(-3), Now.AddHours(-2), Now.AddHours(-1));
        var (text, seconds) = (UnixMilliseconds.Format(header), (long)(timestamp - DateTime.UnixEpoch).TotalSeconds);

        Assert.Equal(header, EnqueuedAt.Of(text, sentTime, seconds, Now));
        Assert.Equal(header, EnqueuedAt.Of(Encoding.UTF8.GetBytes(text), sentTime, seconds, Now));
        Assert.Equal(sentTime, EnqueuedAt.Of(null, sentTime, seconds, Now));
        Assert.Equal(sentTime, EnqueuedAt.Of("soon", sentTime, seconds, Now));
        Assert.Equal(timestamp, EnqueuedAt.Of(UnixMilliseconds.Format(Now.AddHours(1)), Now.AddYears(-10), seconds, Now));
        Assert.Null(EnqueuedAt.Of(null, null, seconds * 1000, Now));
        Assert.Null(EnqueuedAt.Of(null, null, null, Now));
    }

    [Fact]
    public void Should_believe_the_delay_queue_before_the_envelope_when_it_tells_of_the_arrival()
    {
        var let = Now.AddMinutes(-1);
        List<object> deaths = [new Dictionary<string, object> { ["time"] = new AmqpTimestamp((long)(let - DateTime.UnixEpoch).TotalSeconds) }];

        Assert.Equal(let, ArrivedAt.Of(deaths, Now.AddHours(-1), null, Now));
        Assert.Equal(Now.AddHours(-1), ArrivedAt.Of(null, Now.AddHours(-1), null, Now));
    }

    private static Gen<T> Some<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static void AssertInRange(DateTime? told, DateTime now)
    {
        if (told is { } time)
        {
            Assert.True(time >= Earliest && time.Ticks <= now.Ticks + Ahead.Ticks, $"{time:O} at {now:O}");
            Assert.Equal(DateTimeKind.Utc, time.Kind);
        }
    }
}
