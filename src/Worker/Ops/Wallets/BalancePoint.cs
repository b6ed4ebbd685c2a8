using System.Text.Json.Serialization;
using Gateway.Worker.Settlement;

namespace Gateway.Worker.Ops.Wallets;

/// <summary>What a wallet held at one reading, or at several close together.</summary>
/// <param name="At">UTC; the last of these readings.</param>
/// <param name="Usd">USD; what it was then.</param>
/// <param name="LowestUsd">USD; the lowest of these readings.</param>
/// <param name="HighestUsd">USD; the highest.</param>
public sealed record BalancePoint(
    DateTime At,
    [property: JsonConverter(typeof(AmountAsText))] decimal Usd,
    [property: JsonConverter(typeof(AmountAsText))] decimal LowestUsd,
    [property: JsonConverter(typeof(AmountAsText))] decimal HighestUsd);
