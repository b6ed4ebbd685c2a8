using Gateway.Worker.Webhooks.Sending;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Sending;

/// <summary>What trials found (docs/faults.md: F3).</summary>
public class When_a_merchant_asks_to_wait
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    [InlineData("120", 120)]
    [InlineData("  120\t", 120)]
    [InlineData("0000000000000000000120", 120)]
    [InlineData("86399", 86_399)]
    [InlineData("86400", 86_400)]
    [InlineData("86401", 86_400)]
    [InlineData("2147483648", 86_400)]
    [InlineData("99999999999999999999999999999999", 86_400)]
    [InlineData("Sun, 01 Mar 2026 12:01:00 GMT", 60)]
    [InlineData("Sunday, 01-Mar-26 12:01:00 GMT", 60)]
    [InlineData("Sun Mar  1 12:01:00 2026", 60)]
    [InlineData("Sun, 01 Mar 2026 12:00:00 GMT", 0)]
    [InlineData("Sun, 01 Mar 2026 11:59:59 GMT", 0)]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT", 0)]
    [InlineData("Tue, 03 Mar 2026 12:00:00 GMT", 86_400)]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", 86_400)]
    public void Should_wait_as_long_but_at_most_a_day(string value, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryAfter.Parse(value, Now));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.5")]
    [InlineData("1e3")]
    [InlineData("0x10")]
    [InlineData("10s")]
    [InlineData("60, 120")]
    [InlineData("60 120")]
    [InlineData("١٢٠")]
    [InlineData("１２０")]
    [InlineData("soon")]
    [InlineData("Infinity")]
    [InlineData("NaN")]
    [InlineData("2026-03-01T12:01:00Z")]
    [InlineData("Sun, 32 Mar 2026 12:01:00 GMT")]
    [InlineData("Sun, 01 Mar 2026 25:01:00 GMT")]
    [InlineData("Sun, 01 Mar 2026")]
    public void Should_not_wait_for_a_wish_that_makes_no_sense(string? value) => Assert.Null(RetryAfter.Parse(value, Now));

    [Fact]
    public void Should_survive_any_text()
    {
        const string Alphabet = "0123456789-+.,:; \tSunMarGMTJan\0é\uD800\uFFFF";
        var random = new Random(20260301);
        Assert.All(Enumerable.Range(0, 20_000), _ =>
        {
            var text = string.Create(random.Next(0, 40), random, static (span, r) =>
            {
                foreach (ref var c in span)
                {
                    c = Alphabet[r.Next(Alphabet.Length)];
                }
            });

            Assert.InRange(RetryAfter.Parse(text, Now) ?? TimeSpan.Zero, TimeSpan.Zero, RetryAfter.Longest);
        });
    }
}
