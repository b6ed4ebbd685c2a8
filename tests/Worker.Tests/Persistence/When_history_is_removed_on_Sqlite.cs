using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_history_is_removed_on_Sqlite(SqliteDatabase database) : When_history_is_removed(database), IClassFixture<SqliteDatabase>;
