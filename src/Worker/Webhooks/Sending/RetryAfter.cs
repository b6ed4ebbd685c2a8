using System.Net.Http.Headers;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>The header <c>Retry-After</c> (RFC 9110 section 10.2.3): seconds, or a date.</summary>
public static class RetryAfter
{
    /// <summary>No merchant can put a delivery off for longer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>
    /// The wait that <paramref name="value"/> asks for, from 0 to <see cref="Longest"/>: a date that has passed is 0, a longer wait is cut.
    /// Null when the text is neither a count of seconds nor a date.
    /// </summary>
    public static TimeSpan? Parse(string? value, DateTimeOffset now)
    {
        var text = value.AsSpan().Trim(" \t");
        if (text.IsEmpty)
        {
            return null;
        }

        if (!text.ContainsAnyExceptInRange('0', '9'))
        {
            // A count too large for an integer is still a count.
            return int.TryParse(text, out var seconds) && seconds < Longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : Longest;
        }

        // Starting with a letter sets the three date formats of RFC 9110 apart from signs, fractions and lists of counts.
        if (!char.IsAsciiLetter(text[0])
            || !RetryConditionHeaderValue.TryParse(text.ToString(), out var header)
            || header.Date is not { } date)
        {
            return null;
        }

        // Compared before subtracting, because the difference of two dates can be anything.
        return date <= now ? TimeSpan.Zero : date - now < Longest ? date - now : Longest;
    }
}
