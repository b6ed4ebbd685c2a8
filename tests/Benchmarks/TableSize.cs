using Npgsql;

namespace Gateway.Benchmarks;

/// <summary>How much room a table takes, as PostgreSQL's extension pgstattuple finds by reading all of it.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Megabytes">The table without its indexes.</param>
/// <param name="LiveMegabytes">The rows in it that are not dead.</param>
/// <param name="IndexMegabytes">All its indexes.</param>
/// <param name="DeadRows">Rows that are dead and not cleared yet.</param>
internal sealed record TableSize(string Table, double Megabytes, double LiveMegabytes, double IndexMegabytes, long DeadRows)
{
    private static readonly string[] Tables = ["waiting_webhooks", "waiting_leases", "waiting_merchants"];

    /// <summary>Reads the tables of the waiting room.</summary>
    public static async Task<IReadOnlyList<TableSize>> ReadAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var extension = database.CreateCommand("create extension if not exists pgstattuple");
        await extension.ExecuteNonQueryAsync(cancellationToken);
        await using var command = database.CreateCommand(
            """
            select name, table_len / 1048576.0, tuple_len / 1048576.0, pg_indexes_size(name::regclass) / 1048576.0, dead_tuple_count
            from unnest($1) with ordinality as list (name, place), lateral pgstattuple(name::regclass) as found order by place
            """);
        command.Parameters.Add(new() { Value = Tables });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<TableSize> sizes = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            sizes.Add(new TableSize(reader.GetString(0), Number(1), Number(2), Number(3), reader.GetInt64(4)));
        }

        return sizes;

        double Number(int column) => (double)reader.GetDecimal(column);
    }
}
