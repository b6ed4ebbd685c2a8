using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.Topology;

namespace Gateway.Worker.Webhooks.Partitions;

/// <summary>
/// Partitions beyond the number that this worker has, of a time or a worker with a larger one. Those that nobody takes from any more are
/// emptied into the queue, and deleted after they have been empty for some looks.
/// </summary>
/// <param name="options">Where the broker is.</param>
/// <param name="queue">The queue, and over how many it is spread.</param>
/// <param name="connection">The way to the broker.</param>
/// <param name="bindings">What leads to the partitions.</param>
/// <param name="logger">Told of those that are gone.</param>
internal sealed class LeftOverPartitions(
    RabbitMqOptions options, QueueDescription queue, BrokerConnection connection, PartitionBindings bindings, ILogger logger) : IDisposable
{
    // A worker that has lost its connection, or has begun to start, takes from its partitions again within that.
    private const int IdleLooks = 3;

    // In one look. The rest is taken at the next, so that nothing else has to wait for it.
    private const int MostAtOnce = 5_000;

    private readonly HttpClient _management = ManagementClient.Create(options);
    private readonly QueueTransfer _transfer = new(connection);
    private readonly Dictionary<string, int> _idle = [];

    /// <summary>Whether the last look has left messages that it could have taken.</summary>
    public bool HasMore { get; private set; }

    /// <summary>Looks for them, by the management API: while it does not tell, nothing is done.</summary>
    /// <returns>How many there are; null when it is not known.</returns>
    public async Task<int?> EmptyAsync(CancellationToken cancellationToken)
    {
        if (await AskAsync<ListedQueue[]>("?disable_stats=true&columns=name,type,arguments", cancellationToken) is not { } all
            || !all.All(listed => listed is { Name: not null }))
        {
            return null;
        }

        HasMore = false;
        var leftOver = all.Where(IsLeftOver).ToArray();
        foreach (var gone in _idle.Keys.Except(leftOver.Select(listed => listed.Name)).ToArray())
        {
            _idle.Remove(gone);
        }

        foreach (var partition in leftOver)
        {
            try
            {
                await EmptyAsync(partition, cancellationToken);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested
                && (failure is OperationCanceledException || BrokerFailure.IsCauseOf(failure)))
            {
                // One whose node is down is no reason to leave the others as they are. It is looked at again.
                _idle[partition.Name] = 0;
            }
        }

        return leftOver.Length;
    }

    /// <inheritdoc/>
    public void Dispose() => _management.Dispose();

    // A queue of somebody else's may have such a name, and has hardly these arguments.
    private bool IsLeftOver(ListedQueue listed) =>
        QueueNames.NumberOf(listed.Name) > queue.Partitions
        && QueueNames.WithoutPartition(listed.Name) == queue.Name
        && listed.ArgumentTexts.OrderBy(argument => argument.Key).SequenceEqual(
            QueueArguments.Of(listed.QueueType, listed.Name)
                .Select(argument => KeyValuePair.Create(argument.Key, QueueArguments.TextOf(argument.Value)))
                .OrderBy(argument => argument.Key));

    private async Task EmptyAsync(ListedQueue partition, CancellationToken cancellationToken)
    {
        await bindings.LeaveOutAsync(partition.Name, cancellationToken);
        // Those who take from it go on doing so.
        if (await _transfer.FindAsync(partition.Name, cancellationToken) is not { ConsumerCount: 0 })
        {
            _idle[partition.Name] = 0;
            return;
        }

        var moved = await _transfer.MoveAsync(partition.Name, queue.Name, cancellationToken, MostAtOnce);
        if (moved > 0)
        {
            Log.Emptied(logger, partition.Name, moved, queue.Name);
            HasMore |= moved >= MostAtOnce;
        }

        _idle[partition.Name] = moved > 0 ? 0 : _idle.GetValueOrDefault(partition.Name) + 1;
        if (_idle[partition.Name] >= IdleLooks
            // Another worker may have in hand what it takes from there; the broker would delete the queue all the same.
            && await AskAsync<QueueUse>($"/{partition.Name}?columns=messages,consumers", cancellationToken) is { Messages: 0, Consumers: 0 }
            && await _transfer.TryDeleteAsync(partition.Name, partition.QueueType, cancellationToken, ifUnused: true))
        {
            Log.Deleted(logger, partition.Name);
        }
    }

    private async Task<T?> AskAsync<T>(string what, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await _management.GetFromJsonAsync<T>(
                $"/api/queues/{Uri.EscapeDataString(options.VirtualHost)}{what}", cancellationToken);
        }
        catch (Exception exception) when (ManagementFailure.IsCauseOf(exception, cancellationToken))
        {
            return null;
        }
    }

    private sealed record QueueUse(
        [property: JsonPropertyName("messages")] long? Messages, [property: JsonPropertyName("consumers")] int? Consumers);

    private sealed record ListedQueue(
        [property: JsonPropertyName("name")] string Name,
        [property: JsonPropertyName("type")] string? Type,
        [property: JsonPropertyName("arguments")] JsonElement Arguments)
    {
        [JsonIgnore]
        public QueueType QueueType => Type == "quorum" ? QueueType.Quorum : QueueType.Classic;

        [JsonIgnore]
        public IEnumerable<KeyValuePair<string, string>> ArgumentTexts => Arguments.ValueKind == JsonValueKind.Object
            ? Arguments.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, member.Value.ToString()))
            : [];
    }
}
