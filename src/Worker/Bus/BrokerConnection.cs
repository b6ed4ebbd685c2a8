using RabbitMQ.Client;

namespace Gateway.Worker.Bus;

/// <summary>
/// A connection to RabbitMQ beside the bus's, opened when somebody first needs it: for what the bus cannot do, or must not be slowed down by.
/// </summary>
public sealed class BrokerConnection(RabbitMqOptions options, TimeProvider time) : IAsyncDisposable
{
    // When the broker closes a connection, the client may wait for ever: to open a channel, and to end (rabbitmq-dotnet-client issue 1976).
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _opening = new(1, 1);
    private IConnection? _connection;

    /// <summary>Opens a channel.</summary>
    /// <param name="hasConfirms">Whether publishing ends with the broker's confirm, and fails when a message comes back.</param>
    /// <param name="cancellationToken">Ends the wait for the broker.</param>
    /// <exception cref="RabbitMQ.Client.Exceptions.BrokerUnreachableException">The broker does not answer.</exception>
    /// <exception cref="TimeoutException">It does not answer on an open connection, which is given up.</exception>
    /// <exception cref="OperationCanceledException">The same, or the wait was ended.</exception>
    public async Task<IChannel> OpenChannelAsync(bool hasConfirms, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_connection is not { IsOpen: true })
            {
                await CloseAsync();
                _connection = await NewFactory().CreateConnectionAsync(cancellationToken).WaitAsync(LongestStep, time, cancellationToken);
            }

            return await _connection.CreateChannelAsync(new CreateChannelOptions(hasConfirms, hasConfirms), cancellationToken)
                .WaitAsync(LongestStep, time, cancellationToken);
        }
        catch (Exception silence) when (silence is TimeoutException || (silence is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The client cancels a step that takes longer than its continuation timeout. The connection is open and says nothing.
            await CloseAsync();
            throw;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _opening.Dispose();
    }

    /// <summary>Ends what nobody uses any more. Whether the broker hears of it does not matter, so this neither fails nor waits for long.</summary>
    internal static Task EndAsync(IAsyncDisposable unused, TimeProvider time) =>
        Task.WhenAny(unused.DisposeAsync().AsTask(), Task.Delay(LongestStep, time, CancellationToken.None));

    private async ValueTask CloseAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await EndAsync(connection, time);
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
