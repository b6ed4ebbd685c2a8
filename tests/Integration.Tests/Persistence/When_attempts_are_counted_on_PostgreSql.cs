using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_attempts_are_counted_on_PostgreSql(PostgresTestDatabase database)
    : When_attempts_are_counted(database), IClassFixture<PostgresTestDatabase>;
