using RabbitMQ.Client;

namespace Gateway.Worker.Bus;

/// <summary>
/// A connection to RabbitMQ beside the bus's, opened when somebody first needs it: for what the bus cannot do, or must not be slowed down by.
/// </summary>
public sealed class BrokerConnection(RabbitMqOptions options) : IAsyncDisposable
{
    private readonly SemaphoreSlim _opening = new(1, 1);
    private IConnection? _connection;

    /// <summary>Opens a channel.</summary>
    /// <param name="hasConfirms">Whether publishing ends with the broker's confirm, and fails when a message comes back.</param>
    /// <param name="cancellationToken">Ends the wait for the broker.</param>
    /// <exception cref="RabbitMQ.Client.Exceptions.BrokerUnreachableException">The broker does not answer.</exception>
    public async Task<IChannel> OpenChannelAsync(bool hasConfirms, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_connection is not { IsOpen: true })
            {
                await CloseAsync();
                _connection = await NewFactory().CreateConnectionAsync(cancellationToken);
            }
        }
        finally
        {
            _opening.Release();
        }

        return await _connection.CreateChannelAsync(new CreateChannelOptions(hasConfirms, hasConfirms), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _opening.Dispose();
    }

    private async ValueTask CloseAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    private ConnectionFactory NewFactory()
    {
        var factory = new ConnectionFactory
        {
            HostName = options.Host,
            Port = options.Port,
            VirtualHost = options.VirtualHost,
            UserName = options.User,
            Password = options.Password,
            ClientProvidedName = "Gateway.Worker operations",
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = TimeSpan.FromSeconds(5),
            ContinuationTimeout = TimeSpan.FromSeconds(10),
        };
        if (options.Tls)
        {
            factory.Ssl = new SslOption(options.Host, enabled: true);
        }

        return factory;
    }
}
