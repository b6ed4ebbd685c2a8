namespace Gateway.Testing.Servers;

/// <summary>A server of each kind for one test class.</summary>
/// <param name="everybodys">The servers of all tests, which the class has beside its own.</param>
public sealed class OwnOfEach(TestServers everybodys) : OwnServers(everybodys, "rabbitmq", "redis", "postgres");
