using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_figures_are_read_on_Sqlite(SqliteDatabase database) : When_figures_are_read(database), IClassFixture<SqliteDatabase>;
