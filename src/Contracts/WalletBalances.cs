using System.Text.Json.Serialization;

namespace Gateway.Contracts;

/// <summary>Asks the worker to read the balances of the hot wallets.</summary>
public sealed record CheckWalletBalances
{
    /// <summary>The tick that this run stands for.</summary>
    [JsonPropertyName("run_at")]
    public required DateTimeOffset RunAt { get; init; }
}

/// <summary>A wallet's balance left its range.</summary>
public sealed record WalletBalanceOutOfRange
{
    /// <summary>The chain: <c>solana</c> or <c>bsc</c>.</summary>
    [JsonPropertyName("chain")]
    public required string Chain { get; init; }

    /// <summary>The chain's network, such as <c>mainnet</c> or <c>devnet</c>. Null where an older worker wrote it.</summary>
    [JsonPropertyName("network")]
    public string? Network { get; init; }

    /// <summary>The wallet's address on that chain.</summary>
    [JsonPropertyName("wallet_address")]
    public required string WalletAddress { get; init; }

    /// <summary>The balance in USD.</summary>
    [JsonPropertyName("balance_usd")]
    public required decimal BalanceUsd { get; init; }

    /// <summary>The lower end of the range in USD.</summary>
    [JsonPropertyName("minimum_usd")]
    public required decimal MinimumUsd { get; init; }

    /// <summary>The upper end of the range in USD.</summary>
    [JsonPropertyName("maximum_usd")]
    public required decimal MaximumUsd { get; init; }

    /// <summary>When the balance was read.</summary>
    [JsonPropertyName("checked_at")]
    public required DateTimeOffset CheckedAt { get; init; }
}

/// <summary>A wallet's balance came back into its range.</summary>
public sealed record WalletBalanceBackInRange
{
    /// <summary>The chain: <c>solana</c> or <c>bsc</c>.</summary>
    [JsonPropertyName("chain")]
    public required string Chain { get; init; }

    /// <summary>The chain's network, such as <c>mainnet</c> or <c>devnet</c>. Null where an older worker wrote it.</summary>
    [JsonPropertyName("network")]
    public string? Network { get; init; }

    /// <summary>The wallet's address on that chain.</summary>
    [JsonPropertyName("wallet_address")]
    public required string WalletAddress { get; init; }

    /// <summary>The balance in USD.</summary>
    [JsonPropertyName("balance_usd")]
    public required decimal BalanceUsd { get; init; }

    /// <summary>When the balance was read.</summary>
    [JsonPropertyName("checked_at")]
    public required DateTimeOffset CheckedAt { get; init; }
}
