using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_jobs_are_listed_on_PostgreSql(PostgresTestDatabase database) : When_jobs_are_listed(database), IClassFixture<PostgresTestDatabase>;
