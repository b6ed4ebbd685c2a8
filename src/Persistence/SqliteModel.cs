using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Gateway.Persistence;

/// <summary>The configurations describe PostgreSQL; this makes the same model fit SQLite.</summary>
internal static class SqliteModel
{
    public static void Adapt(IMutableModel model)
    {
        foreach (var entity in model.GetEntityTypes())
        {
            // An embedded database has no gateway that would create these.
            entity.SetIsTableExcludedFromMigrations(false);

            // SQLite keeps a decimal as text, which its operators do not compare as a number.
            foreach (var constraint in entity.GetCheckConstraints().ToArray())
            {
                entity.RemoveCheckConstraint(constraint.ModelName);
            }

            foreach (var property in entity.GetProperties())
            {
                // A PostgreSQL type name would give the column an affinity that turns exact decimals into floating point.
                property.SetColumnType(null);
                property.SetCollation(null);

                // An id is text here; one that was written by hand, in small letters, is the same id.
                if ((Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType) == typeof(Guid))
                {
                    property.SetCollation("NOCASE");
                }
            }
        }
    }
}
