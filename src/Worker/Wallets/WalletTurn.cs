using Gateway.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Wallets;

/// <summary>Lets workers that check one wallet at once take turns: both would see the same change, and both would tell of it.</summary>
internal static class WalletTurn
{
    /// <summary>
    /// The turn, until it is disposed of. No transaction with data in it is open meanwhile: a turn may last as long as a mail server takes.
    /// Null for an embedded database, which belongs to one process, whose checks come one after the other.
    /// </summary>
    public static async Task<IAsyncDisposable?> TakeTurnAsync(
        this IDbContextFactory<GatewayDbContext> database, Wallet wallet, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        return db.Database.IsNpgsql()
            ? await DatabaseLock.TakeAsync(database, $"wallet:{wallet.Chain}{wallet.Network}{wallet.Address}", cancellationToken)
            : null;
    }
}
