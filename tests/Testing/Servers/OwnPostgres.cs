namespace Gateway.Testing.Servers;

/// <summary>A PostgreSQL for one test class.</summary>
/// <param name="everybodys">The servers of all tests, which the class has beside its own.</param>
public sealed class OwnPostgres(TestServers everybodys) : OwnServers(everybodys, "postgres");
