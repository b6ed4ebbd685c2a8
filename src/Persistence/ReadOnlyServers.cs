using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Gateway.Persistence;

/// <summary>
/// Gives up the pooled connections to a server that takes no writes: it has become a standby, and the primary answers under the same name,
/// or will. A connection that stays open would refuse every statement until the pool forgets it, an hour later.
/// </summary>
internal sealed class ReadOnlyServers(NpgsqlDataSource dataSource) : DbCommandInterceptor
{
    /// <summary>Looks at what became of a statement, before its connection goes back to the pool.</summary>
    public static void Leave(NpgsqlDataSource dataSource, Exception failure)
    {
        if (failure is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction })
        {
            dataSource.Clear();
        }
    }

    /// <inheritdoc/>
    public override void CommandFailed(DbCommand command, CommandErrorEventData eventData) => Leave(dataSource, eventData.Exception);

    /// <inheritdoc/>
    public override Task CommandFailedAsync(
        DbCommand command, CommandErrorEventData eventData, CancellationToken cancellationToken = default)
    {
        Leave(dataSource, eventData.Exception);
        return Task.CompletedTask;
    }
}
