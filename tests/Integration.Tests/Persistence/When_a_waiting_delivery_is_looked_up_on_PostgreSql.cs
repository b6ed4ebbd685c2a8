using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_a_waiting_delivery_is_looked_up_on_PostgreSql(PostgresTestDatabase database)
    : When_a_waiting_delivery_is_looked_up(database), IClassFixture<PostgresTestDatabase>;
