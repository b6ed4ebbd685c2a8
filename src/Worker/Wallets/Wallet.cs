namespace Gateway.Worker.Wallets;

/// <summary>A hot wallet that is watched.</summary>
public sealed record Wallet
{
    /// <summary><c>solana</c> or <c>bsc</c>.</summary>
    public required string Chain { get; init; }

    /// <summary><c>mainnet</c>, <c>testnet</c> or <c>devnet</c>.</summary>
    public required string Network { get; init; }

    /// <summary><c>SOL</c> or <c>BNB</c>.</summary>
    public required string NativeCurrency { get; init; }

    /// <summary>What its chain counts: <c>slot</c> or <c>block</c>.</summary>
    public string HeightUnit => Chain == WalletOptions.Solana ? "slot" : "block";

    /// <summary>The address, public.</summary>
    public required string Address { get; init; }

    /// <summary>USDT on that network.</summary>
    public required Token Usdt { get; init; }

    /// <summary>USDC on that network.</summary>
    public required Token Usdc { get; init; }

    /// <summary>JSON-RPC servers, the preferred first. A path may hold an API key: only the host may be shown.</summary>
    public required IReadOnlyList<Uri> RpcUrls { get; init; }

    /// <summary>Chain and address; fit to be logged, since no URL is in it.</summary>
    public override string ToString() => $"{Chain} {Address}";
}
