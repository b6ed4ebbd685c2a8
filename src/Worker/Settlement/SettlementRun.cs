using System.Globalization;

namespace Gateway.Worker.Settlement;

/// <summary>What a run has found and written.</summary>
/// <param name="Asked">The newest generation for the day that was asked for.</param>
/// <param name="Written">The new generations, the oldest day first.</param>
/// <param name="LeftOut">The rows that are in no report, of all days of the run.</param>
public sealed record SettlementRun(SettlementReport Asked, IReadOnlyList<SettlementReport> Written, IReadOnlyList<LeftOut> LeftOut)
{
    /// <summary>What was written, in a sentence, for the job's record.</summary>
    public override string ToString()
    {
        if (Written.Count == 0)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"nothing changed: {Asked.Date:yyyy-MM-dd} stays at generation {Asked.Generation}");
        }

        List<string> parts = [];
        Add("written", Written.Where(report => report.Correction is null)
            .Select(report => string.Create(CultureInfo.InvariantCulture, $"{report.Date:yyyy-MM-dd}")));
        Add("corrected", Written.Where(report => report.Correction is not null)
            .Select(report => string.Create(CultureInfo.InvariantCulture, $"{report.Date:yyyy-MM-dd} (generation {report.Generation})")));
        return string.Join("; ", parts);

        void Add(string what, IEnumerable<string> days)
        {
            if (string.Join(", ", days) is { Length: > 0 } list)
            {
                parts.Add($"{what}: {list}");
            }
        }
    }
}
