namespace Gateway.Worker.Wallets;

/// <summary>What a wallet holds, in whole coins, exactly.</summary>
public sealed record WalletBalances(decimal Native, decimal Usdt, decimal Usdc)
{
    /// <summary>USD; a stablecoin counts as one dollar, and the native coin, whose price nobody tells, as none.</summary>
    public decimal TotalUsd => Usdt + Usdc;
}
