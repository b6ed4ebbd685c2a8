using System.Globalization;

namespace Gateway.Worker.Ops.Settlement;

/// <summary>A question for the reports of some business days.</summary>
/// <param name="From">The first day; null for thirty days up to the last.</param>
/// <param name="To">The last day; null for yesterday.</param>
public sealed record SettlementPeriodQuery(DateOnly? From, DateOnly? To)
{
    /// <summary>Reads a question from text, as the parameters of an address are; null is what is not asked for.</summary>
    public static Result<SettlementPeriodQuery> Read(string? from, string? to) =>
        to is not null && ParseDate(to) is null ? NotADate($"to: '{to}'")
        : from is not null && ParseDate(from) is null ? NotADate($"from: '{from}'")
        : new SettlementPeriodQuery(ParseDate(from), ParseDate(to));

    internal static DateOnly? ParseDate(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;

    internal static Refusal NotADate(string value) => Refusal.Invalid("Not a date", $"{value} is not a date such as 2026-01-31.");
}
