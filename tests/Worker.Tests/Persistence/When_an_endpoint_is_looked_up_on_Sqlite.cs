using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_an_endpoint_is_looked_up_on_Sqlite(SqliteDatabase database) : When_an_endpoint_is_looked_up(database), IClassFixture<SqliteDatabase>;
