using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_a_waiting_delivery_is_looked_up_on_Sqlite(SqliteDatabase database)
    : When_a_waiting_delivery_is_looked_up(database), IClassFixture<SqliteDatabase>;
