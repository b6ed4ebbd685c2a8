using System.Text.Json;
using Gateway.Worker.Bus.Envelopes;
using Gateway.Worker.Calendar;
using Xunit;

namespace Gateway.Worker.Tests.Bus.Envelopes;

/// <summary>Times and dates that other languages write, and .NET's reader of JSON refuses. (docs/faults.md: C5)</summary>
public sealed class When_times_are_written_otherwise
{
    // Seven hours ahead of UTC in every season.
    private static readonly JsonSerializerOptions Options = new()
    {
        Converters =
        {
            new LeapSecondTime(),
            new BusinessDate(new BusinessTime(TimeZoneInfo.CreateCustomTimeZone("+7", TimeSpan.FromHours(7), null, null))),
        },
    };

    [Theory]
    [InlineData("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z")]
    [InlineData("2016-12-31T23:59:60.25Z", "2017-01-01T00:00:00.25Z")]
    [InlineData("2017-01-01T06:59:60+07:00", "2017-01-01T00:00:00Z")]
    [InlineData("2016-12-31T23:59:59.5Z", "2016-12-31T23:59:59.5Z")]
    [InlineData("2026-03-01T08:00:00+07:00", "2026-03-01T01:00:00Z")]
    public void Should_take_a_leap_second_for_the_second_after_it(string text, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected), JsonSerializer.Deserialize<DateTimeOffset>($"\"{text}\"", Options));

    [Theory]
    [InlineData("2016-12-31T23:58:60Z")]
    [InlineData("2016-12-31T23:59:61Z")]
    [InlineData("2016-12-31T23:59:60")]
    [InlineData("9999-12-31T23:59:60Z")]
    [InlineData("yesterday")]
    public void Should_refuse_what_is_no_time(string text) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<DateTimeOffset>($"\"{text}\"", Options));

    [Theory]
    [InlineData("2026-11-27", "2026-11-27")]
    [InlineData("2026-11-27T00:00:00Z", "2026-11-27")]
    [InlineData("2026-11-26T16:59:59.999Z", "2026-11-26")]
    [InlineData("2026-11-26T17:00:00Z", "2026-11-27")]
    [InlineData("2026-11-27T00:00:00-11:00", "2026-11-27")]
    [InlineData("2026-11-27T23:59:59", "2026-11-27")]
    public void Should_take_a_time_for_the_date_that_it_is_where_the_business_is(string text, string expected) =>
        Assert.Equal(DateOnly.Parse(expected), JsonSerializer.Deserialize<DateOnly>($"\"{text}\"", Options));

    [Theory]
    [InlineData("\"2026-02-30\"")]
    [InlineData("\"2026-11\"")]
    [InlineData("\"\"")]
    [InlineData("20261127")]
    public void Should_refuse_what_is_no_date(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<DateOnly>(json, Options));

    [Fact]
    public void Should_write_a_date_as_always() => Assert.Equal("\"2026-11-27\"", JsonSerializer.Serialize(new DateOnly(2026, 11, 27), Options));
}
