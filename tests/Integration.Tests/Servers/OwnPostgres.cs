namespace Gateway.Integration.Tests.Servers;

/// <inheritdoc/>
public sealed class OwnPostgres(TestServers everybodys) : OwnServers(everybodys, "postgres");
