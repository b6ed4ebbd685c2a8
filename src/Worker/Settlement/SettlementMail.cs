using System.Globalization;

namespace Gateway.Worker.Settlement;

/// <summary>A mail about reports: the first report of a day, or all corrections of one run.</summary>
/// <param name="Id">Names it, the same for every try to send it.</param>
/// <param name="Date">The business day, of corrections the oldest.</param>
/// <param name="IsCorrection">Whether it is about corrections.</param>
public sealed record SettlementMail(string Id, DateOnly Date, bool IsCorrection)
{
    /// <summary>The mail that a generation belongs to.</summary>
    internal static SettlementMail From(DateOnly date, string? correctionMail) => correctionMail is not null
        ? new SettlementMail(correctionMail, date, IsCorrection: true)
        : new SettlementMail(string.Create(CultureInfo.InvariantCulture, $"settlement-{date:yyyy-MM-dd}"), date, IsCorrection: false);
}
