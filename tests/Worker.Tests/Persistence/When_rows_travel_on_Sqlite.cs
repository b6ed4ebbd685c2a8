using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_rows_travel_on_Sqlite(SqliteDatabase database) : When_rows_travel(database), IClassFixture<SqliteDatabase>;
