namespace Gateway.Integration.Tests.Servers;

/// <inheritdoc/>
public sealed class OwnRabbitMq(TestServers everybodys) : OwnServers(everybodys, "rabbitmq");
