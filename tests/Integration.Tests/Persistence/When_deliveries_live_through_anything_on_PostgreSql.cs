using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_deliveries_live_through_anything_on_PostgreSql(PostgresTestDatabase database)
    : When_deliveries_live_through_anything(database, histories: 2_500), IClassFixture<PostgresTestDatabase>;
