using System.Text.Json.Serialization;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.Wallets;
using Gateway.Worker.Settlement;
using Gateway.Worker.Wallets;

namespace Gateway.Worker.Ops.Wallets;

/// <summary>A hot wallet as the API shows it: what it held when it was read last, and over time.</summary>
public sealed record WalletResponse
{
    /// <summary><c>solana</c> or <c>bsc</c>.</summary>
    public required string Chain { get; init; }

    /// <summary><c>mainnet</c>, <c>testnet</c> or <c>devnet</c>.</summary>
    public required string Network { get; init; }

    /// <summary>The address.</summary>
    public required string Address { get; init; }

    /// <summary>
    /// <c>inside</c>, <c>below</c> or <c>above</c> its range; <c>unreadable</c> while it cannot be read, <c>unknown</c> before it was.
    /// </summary>
    public required string State { get; init; }

    /// <summary>USD; the lower end of its range.</summary>
    public required int MinimumUsd { get; init; }

    /// <summary>USD; the upper end.</summary>
    public required int MaximumUsd { get; init; }

    /// <summary>UTC; when it was read last; null before. What it held is of then.</summary>
    public DateTime? ReadAt { get; init; }

    /// <summary>USD; its USDT and USDC.</summary>
    [JsonConverter(typeof(AmountAsText))]
    public decimal? TotalUsd { get; init; }

    /// <summary>USDT.</summary>
    [JsonConverter(typeof(AmountAsText))]
    public decimal? Usdt { get; init; }

    /// <summary>USDC.</summary>
    [JsonConverter(typeof(AmountAsText))]
    public decimal? Usdc { get; init; }

    /// <summary>The coin in which its chain takes fees.</summary>
    [JsonConverter(typeof(AmountAsText))]
    public decimal? Native { get; init; }

    /// <summary><c>SOL</c> or <c>BNB</c>.</summary>
    public required string NativeCurrency { get; init; }

    /// <summary>UTC; since when it cannot be read; null when it can.</summary>
    public DateTime? UnreadableSince { get; init; }

    /// <summary>USDT that its issuer has frozen; part of what it holds.</summary>
    [JsonConverter(typeof(AmountAsText))]
    public decimal FrozenUsdt { get; init; }

    /// <summary>USDC that its issuer has frozen; part of what it holds.</summary>
    [JsonConverter(typeof(AmountAsText))]
    public decimal FrozenUsdc { get; init; }

    /// <summary>UTC; when a token of which it held some was read as exactly nothing, the last time; null where that never was.</summary>
    public DateTime? EmptiedAt { get; init; }

    /// <summary>UTC; the beginning of <see cref="Points"/> and <see cref="Unreadable"/>.</summary>
    public DateTime From { get; init; }

    /// <summary>UTC; their end.</summary>
    public DateTime To { get; init; }

    /// <summary>What it held over time, the oldest first.</summary>
    public IReadOnlyList<BalancePoint> Points { get; init; } = [];

    /// <summary>When it could not be read, the oldest first.</summary>
    public IReadOnlyList<UnreadableSpan> Unreadable { get; init; } = [];

    /// <summary>Shows a wallet.</summary>
    internal static WalletResponse Create(
        Wallet wallet, WalletOptions options, WalletBalanceSnapshot? last, WalletState? state, DateTime? unreadableSince) => new()
        {
            Chain = wallet.Chain,
            Network = wallet.Network,
            Address = wallet.Address,
            State = unreadableSince is not null ? "unreadable" : StateOf(last),
            MinimumUsd = options.MinimumUsd,
            MaximumUsd = options.MaximumUsd,
            ReadAt = last?.SnapshotAt,
            TotalUsd = last?.TotalUsdValue,
            Usdt = last?.UsdtBalance,
            Usdc = last?.UsdcBalance,
            Native = last?.NativeBalance,
            NativeCurrency = wallet.NativeCurrency,
            UnreadableSince = unreadableSince,
            FrozenUsdt = state?.FrozenUsdt ?? 0,
            FrozenUsdc = state?.FrozenUsdc ?? 0,
            EmptiedAt = state?.EmptiedAt,
        };

    // As the metric gateway.wallet.out_of_range tells it.
    private static string StateOf(WalletBalanceSnapshot? last) => last switch
    {
        null => "unknown",
        { IsBelowMinThreshold: true } => "below",
        { IsAboveMaxThreshold: true } => "above",
        _ => "inside",
    };
}
