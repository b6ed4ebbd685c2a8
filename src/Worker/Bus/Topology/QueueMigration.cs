namespace Gateway.Worker.Bus.Topology;

/// <summary>
/// Replaces a queue by one of the same name as the worker declares it. Its messages wait in a queue beside it meanwhile. A message is
/// acknowledged when the other queue has confirmed it, and each step can be taken again: one that was broken off goes on where it was.
/// What was under way then may be there twice, as after any lost connection.
/// </summary>
/// <param name="options">Where the broker is.</param>
/// <param name="time">The clock.</param>
public sealed class QueueMigration(RabbitMqOptions options, TimeProvider time) : IAsyncDisposable
{
    private readonly BrokerConnection _connection = new(options, "migrating", time);
    private readonly HttpClient _management = ManagementClient.Create(options);

    private QueueTransfer Queues => new(_connection);

    /// <summary>The name of the queue in which the messages of a queue wait while it is replaced.</summary>
    public static string AsideOf(string queue) => queue + ".moving";

    /// <summary>Whether a queue was being replaced when that was broken off.</summary>
    public async Task<bool> HasBegunAsync(string queue, CancellationToken cancellationToken) =>
        await Queues.FindAsync(AsideOf(queue), cancellationToken) is not null;

    /// <summary>Replaces a queue, or ends what was begun.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="existingType">The type of the queue that is to be replaced; null where there is none any more.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <returns>How many messages came back to the queue.</returns>
    /// <exception cref="MigrationRefusedException">Somebody consumes the queue, or a binding cannot be copied.</exception>
    /// <exception cref="TopologyUnknownException">The management API does not tell of its bindings.</exception>
    public async Task<long> ReplaceAsync(string queue, QueueType? existingType, CancellationToken cancellationToken)
    {
        var aside = AsideOf(queue);
        // Also where only the way back is left: a worker may have started since then, and has declared the queue that it found missing.
        await ThrowIfConsumedAsync(queue, cancellationToken);
        await ThrowIfConsumedAsync(aside, cancellationToken);
        if (existingType is { } type)
        {
            // As error queues are: without a limit of returns.
            await Queues.DeclareAsync(aside, QueueArguments.Of(options.QueueType, QueueNames.ErrorsOf(queue)), cancellationToken);
            await LeadAsync(from: queue, to: aside, cancellationToken);
            do
            {
                await Queues.MoveAsync(queue, aside, cancellationToken);
            }
            while (!await Queues.TryDeleteAsync(queue, type, cancellationToken));
        }

        await Queues.DeclareAsync(queue, QueueArguments.Of(options.QueueType, queue), cancellationToken);
        await LeadAsync(from: aside, to: queue, cancellationToken);
        var moved = 0L;
        do
        {
            moved += await Queues.MoveAsync(aside, queue, cancellationToken);
        }
        while (!await Queues.TryDeleteAsync(aside, options.QueueType, cancellationToken));

        return moved;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _management.Dispose();
        return _connection.DisposeAsync();
    }

    // First to both, then to the new one alone: rather twice than not at all.
    private async Task LeadAsync(string from, string to, CancellationToken cancellationToken)
    {
        var bindings = (await BindingsOfAsync(from, cancellationToken)).Where(binding => binding.Source.Length > 0).ToArray();
        if (bindings.FirstOrDefault(binding => !binding.IsPlain) is { } special)
        {
            throw new MigrationRefusedException(
                $"{from} is bound to the exchange {special.Source} with arguments, which would be lost. Remove that binding first");
        }

        await using var channel = await _connection.OpenChannelAsync(hasConfirms: false, cancellationToken);
        foreach (var binding in bindings)
        {
            await channel.QueueBindAsync(to, binding.Source, binding.RoutingKey, cancellationToken: cancellationToken);
        }

        foreach (var binding in bindings)
        {
            await channel.QueueUnbindAsync(from, binding.Source, binding.RoutingKey, cancellationToken: cancellationToken);
        }
    }

    private async Task ThrowIfConsumedAsync(string queue, CancellationToken cancellationToken)
    {
        if (await Queues.FindAsync(queue, cancellationToken) is { ConsumerCount: > 0 and var consumers })
        {
            throw new MigrationRefusedException($"{queue} has {consumers} consumers. Stop all workers first");
        }
    }

    private async Task<QueueBinding[]> BindingsOfAsync(string queue, CancellationToken cancellationToken)
    {
        try
        {
            var path = $"/api/queues/{Uri.EscapeDataString(options.VirtualHost)}/{Uri.EscapeDataString(queue)}/bindings";
            return await _management.GetFromJsonAsync<QueueBinding[]>(path, cancellationToken) ?? [];
        }
        catch (Exception exception) when (ManagementFailure.IsCauseOf(exception, cancellationToken))
        {
            throw new TopologyUnknownException(options.ManagementUrls, exception);
        }
    }
}
