using System.Globalization;
using System.Text.Json.Serialization;

namespace Gateway.Worker.Settlement;

/// <summary>Rows of the gateway's that a report leaves out, because a value in them cannot be read.</summary>
/// <param name="Table"><c>payments</c> or <c>payouts</c>.</param>
/// <param name="Column">
/// The column: an amount or a fee that is <c>NaN</c>, infinite or of more than 18 digits; or a time that is infinite, before 1970 or after
/// 9999. A fee that the gateway left to be computed is of <c>fee_percentage</c> then. <c>is null</c> stands after it where a completed row
/// has no time.
/// </param>
/// <param name="Date">The business day for which the rows would count; null where their time is what cannot be read.</param>
/// <param name="Count">How many rows there are.</param>
/// <param name="Ids">The ids of the first <see cref="MostNamed"/> of them.</param>
public sealed record LeftOut(
    [property: JsonPropertyName("table")] string Table,
    [property: JsonPropertyName("column")] string Column,
    [property: JsonPropertyName("date"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateOnly? Date,
    [property: JsonPropertyName("count")] int Count,
    [property: JsonPropertyName("ids")] IReadOnlyList<Guid> Ids)
{
    /// <summary>So many of one column and day are named; the others are counted.</summary>
    internal const int MostNamed = 5;

    /// <summary>A payment that is completed and says not when.</summary>
    internal const string NoConfirmation = "confirmed_at is null";

    /// <summary>A payout that is completed and says not when.</summary>
    internal const string NoCompletion = "completion_date is null";

    /// <summary>What reports say above the list of them.</summary>
    internal const string Title = "Left out of the figures, because they cannot be read (table, column, day: count: ids):";

    private const string Heading = "; left out, because they cannot be read: ";

    /// <summary>The rows, as the end of a sentence; empty when there is none.</summary>
    internal static string Describe(IReadOnlyCollection<LeftOut> rows) => rows.Count == 0 ? "" : $"{Heading}{string.Join("; ", rows)}";

    /// <summary>The same words in what a run has told, without what stands before them; null where it left none out.</summary>
    internal static string? FindIn(string? told) =>
        told?.IndexOf(Heading, StringComparison.Ordinal) is >= 0 and var start ? told[(start + Heading.Length)..] : null;

    /// <summary>Such as <c>payments, amount_vnd, 2026-01-31: 1: …</c>, with the ids.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Table}, {Column}, {(Date is { } date ? $"{date:yyyy-MM-dd}" : "day unknown")}: {Count}: {Named}");

    private string Named => $"{string.Join(", ", Ids)}{(Count > Ids.Count ? ", …" : "")}";
}
