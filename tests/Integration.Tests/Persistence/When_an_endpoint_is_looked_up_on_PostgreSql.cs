using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_an_endpoint_is_looked_up_on_PostgreSql(PostgresTestDatabase database) : When_an_endpoint_is_looked_up(database), IClassFixture<PostgresTestDatabase>;
