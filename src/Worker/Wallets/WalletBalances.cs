using Gateway.Persistence.GatewayTables;

namespace Gateway.Worker.Wallets;

/// <summary>What a wallet held at one slot or block, in whole coins, exactly.</summary>
public sealed record WalletBalances(decimal Native, decimal Usdt, decimal Usdc)
{
    /// <summary>The slot (Solana) or the block's number at which all of it was read.</summary>
    public required long Height { get; init; }

    /// <summary>USDT in token accounts that its issuer has frozen; part of <see cref="Usdt"/>.</summary>
    public decimal FrozenUsdt { get; init; }

    /// <summary>USDC in token accounts that its issuer has frozen; part of <see cref="Usdc"/>.</summary>
    public decimal FrozenUsdc { get; init; }

    /// <summary>USD; a stablecoin counts as one dollar, and the native coin, whose price nobody tells, as none.</summary>
    public decimal TotalUsd => Usdt + Usdc;

    /// <summary>The tokens of which the wallet held something at the check before and of which it holds exactly nothing now.</summary>
    internal string[] EmptiedSince(WalletBalanceSnapshot? before, Wallet wallet)
    {
        List<string> emptied = [];
        if (before?.UsdtBalance > 0 && Usdt == 0 && before.UsdtMint == wallet.Usdt.Address)
        {
            emptied.Add("USDT");
        }

        if (before?.UsdcBalance > 0 && Usdc == 0 && before.UsdcMint == wallet.Usdc.Address)
        {
            emptied.Add("USDC");
        }

        return [.. emptied];
    }
}
