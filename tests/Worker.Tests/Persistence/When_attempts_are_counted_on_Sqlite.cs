using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_attempts_are_counted_on_Sqlite(SqliteDatabase database) : When_attempts_are_counted(database), IClassFixture<SqliteDatabase>;
