namespace Gateway.Worker.Settlement;

/// <summary>What was found of some days.</summary>
/// <param name="Figures">The figures, by day and merchant.</param>
/// <param name="LeftOut">The rows that are in none of them.</param>
internal sealed record FiguresOfDays(
    IReadOnlyDictionary<DayAndMerchant, SettlementFigures> Figures, IReadOnlyList<LeftOut> LeftOut);
