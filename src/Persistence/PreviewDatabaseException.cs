namespace Gateway.Persistence;

/// <summary>
/// The database holds tables of a preview, which are not those of the first release. Nothing was changed. The message says so, and what to
/// do.
/// </summary>
public sealed class PreviewDatabaseException(string message) : Exception(message)
{
    internal static PreviewDatabaseException OfPostgres(string lastMigration) => new(
        $"A preview of the worker has made the tables here (its last migration is {lastMigration}), and this version cannot carry them on. "
        + "Nothing was changed. Move them into another schema, as docs/database.md says under \"Tables of a preview\", "
        + "and run `Gateway.Worker migrate`.");

    internal static PreviewDatabaseException OfFile(string file, IEnumerable<MissingPart> missing) => new(
        $"{file} was made by a preview of the worker, and this version cannot carry it on (missing: {string.Join(", ", missing)}). "
        + "Nothing was changed. Move the file away, those that end in -wal and -shm with it, or name another one with DB_FILE, "
        + "and start again.");
}
