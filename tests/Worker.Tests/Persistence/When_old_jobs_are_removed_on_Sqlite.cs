using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_old_jobs_are_removed_on_Sqlite(SqliteDatabase database) : When_old_jobs_are_removed(database), IClassFixture<SqliteDatabase>;
