using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_jobs_are_listed_on_Sqlite(SqliteDatabase database) : When_jobs_are_listed(database), IClassFixture<SqliteDatabase>;
