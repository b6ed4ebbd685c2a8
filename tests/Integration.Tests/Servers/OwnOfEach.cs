namespace Gateway.Integration.Tests.Servers;

/// <inheritdoc/>
public sealed class OwnOfEach(TestServers everybodys) : OwnServers(everybodys, "rabbitmq", "redis", "postgres");
