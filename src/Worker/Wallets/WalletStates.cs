using Gateway.Persistence.Wallets;

namespace Gateway.Worker.Wallets;

/// <summary>Finds what is remembered of a wallet.</summary>
internal static class WalletStates
{
    /// <summary>The state of that wallet alone.</summary>
    public static IQueryable<WalletState> Of(this IQueryable<WalletState> states, Wallet wallet) =>
        states.Where(s => s.Chain == wallet.Chain && s.Network == wallet.Network && s.WalletAddress == wallet.Address);

    /// <summary>That wallet, if it cannot be read; not if only the mail that it can be read again is not out yet.</summary>
    public static IQueryable<UnreadableWallet> StillUnreadable(this IQueryable<UnreadableWallet> wallets, Wallet wallet) => wallets.Where(
        w => w.Chain == wallet.Chain && w.Network == wallet.Network && w.WalletAddress == wallet.Address && w.ReadableSince == null);
}
