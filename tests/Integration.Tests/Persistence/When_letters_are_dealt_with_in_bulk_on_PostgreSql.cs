using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_letters_are_dealt_with_in_bulk_on_PostgreSql(PostgresTestDatabase database) : When_letters_are_dealt_with_in_bulk(database), IClassFixture<PostgresTestDatabase>;
