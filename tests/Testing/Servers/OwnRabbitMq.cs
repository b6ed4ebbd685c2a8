namespace Gateway.Testing.Servers;

/// <summary>A RabbitMQ for one test class.</summary>
/// <param name="everybodys">The servers of all tests, which the class has beside its own.</param>
public sealed class OwnRabbitMq(TestServers everybodys) : OwnServers(everybodys, "rabbitmq");
