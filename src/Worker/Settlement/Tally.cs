using System.Text.Json.Serialization;

namespace Gateway.Worker.Settlement;

/// <summary>Some payments or payouts, counted and added up.</summary>
/// <param name="Count">How many payments or payouts there are.</param>
/// <param name="AmountVnd">Their amounts, VND.</param>
/// <param name="FeeVnd">Their fees, VND; 0 for what earns none.</param>
public sealed record Tally(
    [property: JsonPropertyName("count")] long Count,
    [property: JsonPropertyName("amount_vnd"), JsonConverter(typeof(AmountAsText))] decimal AmountVnd,
    [property: JsonPropertyName("fee_vnd"), JsonConverter(typeof(AmountAsText))] decimal FeeVnd)
{
    /// <summary>No payment and no payout.</summary>
    public static Tally None { get; } = new(0, 0, 0);

    /// <summary>Both added up.</summary>
    public static Tally operator +(Tally left, Tally right) =>
        new(left.Count + right.Count, left.AmountVnd + right.AmountVnd, left.FeeVnd + right.FeeVnd);

    /// <summary>What is more on the left; below zero where it is less.</summary>
    public static Tally operator -(Tally left, Tally right) =>
        new(left.Count - right.Count, left.AmountVnd - right.AmountVnd, left.FeeVnd - right.FeeVnd);
}
