using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

// Its worker would be heard by a scrape beside it: instruments of one name are the process's.
[Collection("Scraped")]
public sealed class When_deliveries_live_through_anything_on_Sqlite(SqliteDatabase database) : When_deliveries_live_through_anything(database, histories: 1_250), IClassFixture<SqliteDatabase>;
