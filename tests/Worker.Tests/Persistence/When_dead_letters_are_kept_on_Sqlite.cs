using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_dead_letters_are_kept_on_Sqlite(SqliteDatabase database) : When_dead_letters_are_kept(database), IClassFixture<SqliteDatabase>;
