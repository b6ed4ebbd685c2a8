namespace Gateway.Testing.Servers;

/// <summary>A Redis for one test class.</summary>
/// <param name="everybodys">The servers of all tests, which the class has beside its own.</param>
public sealed class OwnRedis(TestServers everybodys) : OwnServers(everybodys, "redis");
