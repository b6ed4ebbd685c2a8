using System.Text.Json.Serialization;

namespace Gateway.Worker.Settlement;

/// <summary>What a wallet held when it was read the last time before the day ended.</summary>
/// <param name="Chain">The chain.</param>
/// <param name="Network">The chain's network.</param>
/// <param name="Address">The wallet.</param>
/// <param name="NativeBalance">Coins of <paramref name="NativeCurrency"/>.</param>
/// <param name="NativeCurrency">Such as <c>SOL</c>.</param>
/// <param name="Usdt">USDT.</param>
/// <param name="Usdc">USDC.</param>
/// <param name="TotalUsd">USD.</param>
/// <param name="ReadAt">UTC; when it was read.</param>
public sealed record WalletAtDayEnd(
    [property: JsonPropertyName("chain")] string Chain,
    [property: JsonPropertyName("network")] string Network,
    [property: JsonPropertyName("address")] string Address,
    [property: JsonPropertyName("native_balance")] decimal NativeBalance,
    [property: JsonPropertyName("native_currency")] string NativeCurrency,
    [property: JsonPropertyName("usdt")] decimal Usdt,
    [property: JsonPropertyName("usdc")] decimal Usdc,
    [property: JsonPropertyName("total_usd")] decimal TotalUsd,
    [property: JsonPropertyName("read_at")] DateTime ReadAt);
