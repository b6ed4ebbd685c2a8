using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_rows_travel_on_PostgreSql(PostgresTestDatabase database) : When_rows_travel(database), IClassFixture<PostgresTestDatabase>;
