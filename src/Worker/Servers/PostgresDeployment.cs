using Gateway.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Servers;

/// <summary>Asks PostgreSQL whether what it confirms is kept, since a message is acknowledged when its record is confirmed.</summary>
internal static class PostgresDeployment
{
    /// <summary>What an operator must put right, in one line; null when nothing is known to be wrong.</summary>
    /// <remarks>Source: PostgreSQL manual, <c>synchronous_commit</c> and <c>synchronous_standby_names</c>.</remarks>
    public static async Task<string?> ComplaintOfAsync(GatewayDbContext db, DatabaseOptions options, CancellationToken cancellationToken)
    {
        var commit = await ReadAsync("synchronous_commit");
        if (commit == "off")
        {
            return "PostgreSQL confirms what it has not written yet (synchronous_commit is off): when it fails, retries may be lost. "
                + "Set it to on, at least for the worker's role";
        }

        if (options.Hosts.Count > 1 && (commit == "local" || await ReadAsync("synchronous_standby_names") == ""))
        {
            return "DB_HOST names several servers, and PostgreSQL confirms what no standby has yet (synchronous_standby_names, "
                + "synchronous_commit): a failover may lose retries. Let it wait for one";
        }

        return null;

        Task<string> ReadAsync(string setting) =>
            db.Database.SqlQuery<string>($"""select current_setting({setting}) as "Value" """).SingleAsync(cancellationToken);
    }
}
