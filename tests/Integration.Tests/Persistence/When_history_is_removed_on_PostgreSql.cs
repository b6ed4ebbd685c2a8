using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_history_is_removed_on_PostgreSql(PostgresTestDatabase database)
    : When_history_is_removed(database), IClassFixture<PostgresTestDatabase>;
