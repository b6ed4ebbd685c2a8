using System.Text.Json;
using Gateway.Worker.Bus.DelayedSends;

namespace Gateway.Worker.Bus.Topology;

/// <summary>
/// Compares the queues that exist with those that the worker declares, and looks for policies that would take messages away and for what a
/// migration that was broken off has left. It changes nothing.
/// </summary>
/// <param name="options">Where the broker is.</param>
/// <param name="queues">The queues that are consumed.</param>
/// <param name="delays">The queues in which messages wait; they are declared with the first message that does.</param>
public sealed class TopologyCheck(RabbitMqOptions options, GatewayQueues queues, DelayedDestinations delays) : IDisposable
{
    private readonly HttpClient _management = ManagementClient.Create(options);

    /// <summary>Checks them.</summary>
    /// <exception cref="TopologyUnknownException">The management API does not tell.</exception>
    public async Task<TopologyReport> ReadAsync(CancellationToken cancellationToken)
    {
        var existing = await AskAsync(cancellationToken);
        var needed = queues.NamesWithLetters.Select(queue => (Name: queue, Arguments: QueueArguments.Of(options.QueueType, queue)))
            .Concat(delays.Steps.Select(step => (Name: step.QueueName, Arguments: QueueArguments.OfDelay(step))))
            .ToArray();
        var there = needed.Where(queue => existing.ContainsKey(queue.Name)).ToArray();
        return new TopologyReport(
            there.Length,
            [.. queues.NamesWithLetters.Where(queue => !existing.ContainsKey(queue))],
            [.. there.Where(queue => !existing[queue.Name].IsTold).Select(queue => queue.Name)],
            [.. there.SelectMany(queue => QueueComparison.CompareArguments(queue.Arguments, existing[queue.Name]))],
            [.. queues.NamesWithLetters.Where(queue => existing.ContainsKey(QueueMigration.AsideOf(queue))).Select(BrokenOff)],
            [.. there.SelectMany(queue => QueueComparison.ComparePolicies(queue.Arguments, existing[queue.Name]))]);
    }

    /// <inheritdoc/>
    public void Dispose() => _management.Dispose();

    // No worker takes anything from there, and what is published may go to both queues.
    private static TopologyFinding BrokenOff(string queue) => new(
        QueueMigration.AsideOf(queue),
        "a migration",
        "broken off",
        "none",
        $"Stop all workers, and 'Gateway.Worker topology migrate' brings the messages that wait there back to {queue}");

    private async Task<IReadOnlyDictionary<string, ExistingQueue>> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            var path = $"/api/queues/{Uri.EscapeDataString(options.VirtualHost)}?columns={ExistingQueue.Columns}";
            var found = await _management.GetFromJsonAsync<ExistingQueue[]>(path, cancellationToken);
            return found is not null && found.All(queue => queue is { Name: not null })
                ? found.ToDictionary(queue => queue.Name)
                : throw new JsonException("the answer is no list of queues");
        }
        catch (Exception exception) when (ManagementFailure.IsCauseOf(exception, cancellationToken))
        {
            throw new TopologyUnknownException(options.ManagementUrls, exception);
        }
    }
}
