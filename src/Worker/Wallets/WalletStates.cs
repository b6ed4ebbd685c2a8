using Gateway.Persistence.Wallets;

namespace Gateway.Worker.Wallets;

/// <summary>Finds what is remembered of a wallet.</summary>
internal static class WalletStates
{
    /// <summary>The state of that wallet alone.</summary>
    public static IQueryable<WalletState> Of(this IQueryable<WalletState> states, Wallet wallet) =>
        states.Where(s => s.Chain == wallet.Chain && s.Network == wallet.Network && s.WalletAddress == wallet.Address);
}
