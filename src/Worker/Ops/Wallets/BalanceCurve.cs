namespace Gateway.Worker.Ops.Wallets;

/// <summary>Makes of a wallet's readings what can be drawn.</summary>
internal static class BalanceCurve
{
    /// <summary>More points than a chart has pixels for tell nothing.</summary>
    public const int MostPoints = 300;

    /// <summary>Readings close together as one point, which keeps the lowest and the highest: a short dip is not lost.</summary>
    /// <param name="readings">The oldest first.</param>
    /// <param name="from">UTC; the beginning of the curve.</param>
    /// <param name="to">UTC; its end.</param>
    public static IReadOnlyList<BalancePoint> Downsample(IEnumerable<(DateTime At, decimal Usd)> readings, DateTime from, DateTime to)
    {
        var width = (to - from) / MostPoints;
        return
        [
            .. readings.GroupBy(reading => (long)((reading.At - from) / width)).Select(near => new BalancePoint(
                near.Last().At, near.Last().Usd, near.Min(reading => reading.Usd), near.Max(reading => reading.Usd))),
        ];
    }

    /// <summary>
    /// When the wallet could not be read. A check that failed may have read this wallet and not another: then there is a reading of its
    /// own time. A span ends with the next reading.
    /// </summary>
    /// <param name="readings">UTC, the oldest first.</param>
    /// <param name="failures">The checks in which not every wallet could be read, UTC, the oldest first.</param>
    /// <param name="unreadableSince">UTC; since when it cannot be read; null when it can.</param>
    public static IReadOnlyList<UnreadableSpan> FindUnreadable(
        IReadOnlyList<DateTime> readings, IEnumerable<(DateTime From, DateTime To)> failures, DateTime? unreadableSince)
    {
        var (spans, reading) = (new List<UnreadableSpan>(), 0);
        foreach (var (from, to) in failures)
        {
            while (reading < readings.Count && readings[reading] < from)
            {
                reading++;
            }

            var next = reading < readings.Count ? readings[reading] : (DateTime?)null;
            var isOfAnotherWallet = next <= to;
            var isInLastSpan = spans is [.., var last] && (last.To is null || last.To == next);
            if (!isOfAnotherWallet && !isInLastSpan)
            {
                spans.Add(new UnreadableSpan(from, next ?? (unreadableSince is null ? to : null)));
            }
        }

        if (unreadableSince is { } since && spans is not [.., { To: null }])
        {
            spans.Add(new UnreadableSpan(since, To: null));
        }

        return spans;
    }
}
