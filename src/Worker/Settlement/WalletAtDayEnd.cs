using System.Text.Json.Serialization;

namespace Gateway.Worker.Settlement;

/// <summary>
/// What a wallet held when it was read the last time in the day. Null balances: it was not read in the day, and what it held is unknown.
/// </summary>
/// <param name="Chain">The chain.</param>
/// <param name="Network">The chain's network.</param>
/// <param name="Address">The wallet.</param>
/// <param name="NativeBalance">Coins of <paramref name="NativeCurrency"/>.</param>
/// <param name="NativeCurrency">Such as <c>SOL</c>.</param>
/// <param name="Usdt">USDT.</param>
/// <param name="Usdc">USDC.</param>
/// <param name="TotalUsd">USD.</param>
/// <param name="ReadAt">UTC; when it was read, in the day or before it.</param>
public sealed record WalletAtDayEnd(
    [property: JsonPropertyName("chain")] string Chain,
    [property: JsonPropertyName("network")] string Network,
    [property: JsonPropertyName("address")] string Address,
    [property: JsonPropertyName("native_balance"), JsonConverter(typeof(AmountAsText)), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    decimal? NativeBalance,
    [property: JsonPropertyName("native_currency")] string NativeCurrency,
    [property: JsonPropertyName("usdt"), JsonConverter(typeof(AmountAsText)), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    decimal? Usdt,
    [property: JsonPropertyName("usdc"), JsonConverter(typeof(AmountAsText)), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    decimal? Usdc,
    [property: JsonPropertyName("total_usd"), JsonConverter(typeof(AmountAsText)), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    decimal? TotalUsd,
    [property: JsonPropertyName("read_at")] DateTime ReadAt);
