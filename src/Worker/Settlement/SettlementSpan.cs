namespace Gateway.Worker.Settlement;

/// <summary>The days in a row that a run settles.</summary>
/// <param name="From">The first one, whose report is corrected if it must be.</param>
/// <param name="To">The last one, which was asked for and gets a report in any case.</param>
/// <param name="MissingFrom">From here on a day without a report gets one: before it there is nothing to report.</param>
public sealed record SettlementSpan(DateOnly From, DateOnly To, DateOnly MissingFrom)
{
    /// <summary>All of them, the oldest first.</summary>
    public IEnumerable<DateOnly> Days => Enumerable.Range(0, To.DayNumber - From.DayNumber + 1).Select(From.AddDays);
}
