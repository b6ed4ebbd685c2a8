using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_letters_are_dealt_with_in_bulk_on_Sqlite(SqliteDatabase database) : When_letters_are_dealt_with_in_bulk(database), IClassFixture<SqliteDatabase>;
