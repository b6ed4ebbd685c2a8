using Microsoft.EntityFrameworkCore.Migrations;

namespace Gateway.Persistence.Migrations;

/// <summary>Indexes on tables that may be large and that workers write to meanwhile.</summary>
internal static class ConcurrentIndexes
{
    /// <summary>
    /// Builds an index without keeping anybody from writing. It runs outside of a transaction, so a migration that was broken off begins
    /// again with what is missing; what it had half built is invalid (PostgreSQL manual, "Building Indexes Concurrently"), and is built
    /// anew.
    /// </summary>
    /// <param name="migrationBuilder">The migration.</param>
    /// <param name="name">The index.</param>
    /// <param name="definition">The table, the columns in brackets, and the filter.</param>
    /// <param name="isUnique">Whether no two rows may have the same columns.</param>
    public static void CreateIndexConcurrently(this MigrationBuilder migrationBuilder, string name, string definition, bool isUnique = false)
    {
        migrationBuilder.Sql(
            $"""
            do $$
            begin
                if exists (select from pg_index where indexrelid = to_regclass('{name}') and not indisvalid) then
                    drop index {name};
                end if;
            end $$
            """,
            suppressTransaction: true);
        migrationBuilder.Sql($"create {(isUnique ? "unique " : "")}index concurrently if not exists {name} on {definition}", suppressTransaction: true);
    }
}
