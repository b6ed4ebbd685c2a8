using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_figures_are_read_on_PostgreSql(PostgresTestDatabase database)
    : When_figures_are_read(database), IClassFixture<PostgresTestDatabase>;
