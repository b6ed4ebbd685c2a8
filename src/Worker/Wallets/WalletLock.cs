using Gateway.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Wallets;

/// <summary>Lets workers that check one wallet at once take turns: both would see the same change, and both would tell of it.</summary>
internal static class WalletLock
{
    /// <summary>Held until the transaction ends. An embedded database belongs to one process, whose checks come one after the other.</summary>
    public static async Task LockAsync(this GatewayDbContext db, Wallet wallet, CancellationToken cancellationToken)
    {
        if (db.Database.IsNpgsql())
        {
            await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtext({"wallet:" + wallet.Chain + wallet.Network + wallet.Address}))", cancellationToken);
        }
    }
}
