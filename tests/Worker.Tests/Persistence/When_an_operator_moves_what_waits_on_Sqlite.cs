using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_an_operator_moves_what_waits_on_Sqlite(SqliteDatabase database) : When_an_operator_moves_what_waits(database), IClassFixture<SqliteDatabase>;
