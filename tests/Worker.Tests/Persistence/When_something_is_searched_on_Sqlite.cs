using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_something_is_searched_on_Sqlite(SqliteDatabase database) : When_something_is_searched(database), IClassFixture<SqliteDatabase>;
