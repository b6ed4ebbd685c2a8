using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_dead_letters_are_kept_on_PostgreSql(PostgresTestDatabase database) : When_dead_letters_are_kept(database), IClassFixture<PostgresTestDatabase>;
