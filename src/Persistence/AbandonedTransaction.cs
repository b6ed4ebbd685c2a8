using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Gateway.Persistence;

/// <summary>
/// A transaction whose worker is gone without a word: its machine has lost its power, or the network swallows what it sends. PostgreSQL
/// would keep what it has locked until TCP gives up, a quarter of an hour later or two hours, and whoever needs one of the rows would wait.
/// </summary>
public static class AbandonedTransaction
{
    /// <summary>
    /// Lets PostgreSQL end the transaction in which this is executed when nothing has come for twenty seconds; no longer than a statement
    /// may take, so that those who wait find the rows free at their next try.
    /// </summary>
    internal const string End = "set local idle_in_transaction_session_timeout = '20s'";

    /// <summary>Does so for the transaction that has begun. Nothing to do in embedded mode.</summary>
    /// <param name="database">The database.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    public static async Task EndWhenAbandonedAsync(this DatabaseFacade database, CancellationToken cancellationToken)
    {
        if (database.IsNpgsql())
        {
            await database.ExecuteSqlRawAsync(End, cancellationToken);
        }
    }
}
