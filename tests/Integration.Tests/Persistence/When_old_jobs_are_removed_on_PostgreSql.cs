using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_old_jobs_are_removed_on_PostgreSql(PostgresTestDatabase database) : When_old_jobs_are_removed(database), IClassFixture<PostgresTestDatabase>;
