namespace Gateway.Integration.Tests.Servers;

/// <inheritdoc/>
public sealed class OwnRedis(TestServers everybodys) : OwnServers(everybodys, "redis");
