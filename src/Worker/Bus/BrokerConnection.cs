using RabbitMQ.Client;

namespace Gateway.Worker.Bus;

/// <summary>
/// A connection to RabbitMQ beside the bus's, opened when its owner first needs it: for what the bus cannot do, or must not be slowed down
/// by.
/// </summary>
/// <param name="options">Where the broker is.</param>
/// <param name="purpose">What the broker's list of connections calls it.</param>
/// <param name="time">The clock.</param>
public sealed class BrokerConnection(RabbitMqOptions options, string purpose, TimeProvider time) : IAsyncDisposable
{
    // When the broker closes a connection, the client may wait for ever: to open a channel, and to end (rabbitmq-dotnet-client issue 1976).
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _opening = new(1, 1);
    private IConnection? _connection;
    private volatile bool _isBlocked;

    /// <summary>Whether it is open, as far as the client knows.</summary>
    public bool IsOpen => _connection is { IsOpen: true };

    /// <summary>Whether the broker has said that it reads nothing from it, because it is short of memory or disk.</summary>
    public bool IsBlocked => _isBlocked && IsOpen;

    /// <summary>Opens a channel, on a new connection where there is none.</summary>
    /// <param name="hasConfirms">Whether publishing ends with the broker's confirm, and fails when a message comes back.</param>
    /// <param name="cancellationToken">Ends the wait for the broker, and gives the connection up.</param>
    /// <exception cref="RabbitMQ.Client.Exceptions.BrokerUnreachableException">The broker does not answer.</exception>
    /// <exception cref="TimeoutException">It does not answer on an open connection, which is given up.</exception>
    /// <exception cref="OperationCanceledException">The same, or the wait was ended.</exception>
    public async Task<IChannel> OpenChannelAsync(bool hasConfirms, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            var connection = IsOpen ? _connection! : await ConnectAsync(cancellationToken);
            return await connection.CreateChannelAsync(new CreateChannelOptions(hasConfirms, hasConfirms), cancellationToken)
                .WaitAsync(LongestStep, time, cancellationToken);
        }
        catch (Exception silence) when (silence is TimeoutException or OperationCanceledException)
        {
            // Whoever broke the step off: the connection may say nothing for ever, and the next one to ask must not wait for it again.
            GiveUp();
            throw;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>The version that the broker says it has; null where it says none. Connects where there is no connection.</summary>
    /// <exception cref="RabbitMQ.Client.Exceptions.BrokerUnreachableException">The broker does not answer.</exception>
    /// <exception cref="TimeoutException">The same.</exception>
    public Task<string?> ReadVersionAsync(CancellationToken cancellationToken) => ReadPropertyAsync("version", cancellationToken);

    /// <summary>The name of its cluster, that of its first node unless somebody has given it another; null where it says none.</summary>
    /// <inheritdoc cref="ReadVersionAsync"/>
    public Task<string?> ReadClusterAsync(CancellationToken cancellationToken) => ReadPropertyAsync("cluster_name", cancellationToken);

    /// <summary>
    /// Forgets the connection, because it says nothing any more. What was on its way on it fails, or its sender gives up waiting.
    /// </summary>
    public void GiveUp()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } silent)
        {
            // Nobody waits for it, because it may take its time to end.
            _ = EndAsync(silent, time);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            await EndAsync(connection, time);
        }

        _opening.Dispose();
    }

    private async Task<string?> ReadPropertyAsync(string name, CancellationToken cancellationToken)
    {
        await using var channel = await OpenChannelAsync(hasConfirms: false, cancellationToken);
        return _connection?.ServerProperties is { } properties && properties.TryGetValue(name, out var value) && value is byte[] text
            ? System.Text.Encoding.UTF8.GetString(text)
            : null;
    }

    // Whether the broker hears of it does not matter, so this neither fails nor waits for long.
    private static async Task EndAsync(IConnection unused, TimeProvider time) =>
        await Task.WhenAny(unused.DisposeAsync().AsTask(), Task.Delay(LongestStep, time, CancellationToken.None));

    private async Task<IConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        GiveUp();
        var connection = await NewFactory()
            .CreateConnectionAsync(options.ToResolver(), $"Gateway.Worker {purpose}", cancellationToken)
            .WaitAsync(LongestStep, time, cancellationToken);
        _isBlocked = false;
        connection.ConnectionBlockedAsync += (_, _) => BecomesAsync(isBlocked: true);
        connection.ConnectionUnblockedAsync += (_, _) => BecomesAsync(isBlocked: false);
        return _connection = connection;

        Task BecomesAsync(bool isBlocked)
        {
            if (ReferenceEquals(_connection, connection))
            {
                _isBlocked = isBlocked;
            }

            return Task.CompletedTask;
        }
    }

    private ConnectionFactory NewFactory() => new()
    {
        VirtualHost = options.VirtualHost,
        UserName = options.User,
        Password = options.Password,
        AuthMechanisms = options.AuthMechanisms,
        AutomaticRecoveryEnabled = false,
        RequestedConnectionTimeout = TimeSpan.FromSeconds(5),
        ContinuationTimeout = TimeSpan.FromSeconds(10),
        RequestedHeartbeat = options.Heartbeat,
    };
}
