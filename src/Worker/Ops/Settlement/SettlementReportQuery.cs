using System.Globalization;

namespace Gateway.Worker.Ops.Settlement;

/// <summary>A question for one settlement report.</summary>
/// <param name="Day">The business day.</param>
/// <param name="Generation">Which of its reports, from 1; null for the newest.</param>
public sealed record SettlementReportQuery(DateOnly Day, int? Generation)
{
    /// <summary>Reads a question from text, as the parameters of an address are.</summary>
    public static Result<SettlementReportQuery> Read(string date, string? generation)
    {
        if (SettlementPeriodQuery.ParseDate(date) is not { } day)
        {
            return SettlementPeriodQuery.NotADate($"'{date}'");
        }

        if (generation is null)
        {
            return new SettlementReportQuery(day, Generation: null);
        }

        return int.TryParse(generation, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1
            ? new SettlementReportQuery(day, number)
            : Refusal.Invalid("Not a generation", $"generation: '{generation}' is not a whole number from 1.");
    }
}
