namespace Gateway.Testing.Servers;

/// <summary>A virtual host of one test or test class; disposing deletes it.</summary>
/// <param name="server">The broker that it is on.</param>
/// <param name="name">Its name.</param>
public sealed class VirtualHost(RabbitMqServer server, string name) : IAsyncDisposable
{
    /// <summary>The broker that it is on.</summary>
    public RabbitMqServer Server => server;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>The AMQP URI with credentials, for a client of RabbitMQ.</summary>
    public Uri Uri => new($"amqp://{Uri.EscapeDataString(server.User)}:{Uri.EscapeDataString(server.Password)}@{server.Host}:{server.Port}/{name}");

    /// <summary>Loses everything in it: queues, exchanges, messages. Its connections are closed.</summary>
    public async Task EmptyAsync(CancellationToken cancellationToken)
    {
        await DisposeAsync();
        await server.CreateAsync(name, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var deleted = await server.Management.DeleteAsync($"api/vhosts/{name}");
        deleted.EnsureSuccessStatusCode();
    }
}
