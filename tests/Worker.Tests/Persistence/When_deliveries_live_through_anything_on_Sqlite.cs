using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_deliveries_live_through_anything_on_Sqlite(SqliteDatabase database) : When_deliveries_live_through_anything(database, histories: 1_250), IClassFixture<SqliteDatabase>;
