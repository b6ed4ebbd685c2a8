using System.Net.Http.Json;
using System.Text.Json;

namespace Gateway.Testing.Servers;

/// <summary>Three nodes of RabbitMQ, of which the first is a server of the tests.</summary>
public sealed class RabbitMqCluster : IDisposable
{
    private RabbitMqCluster(params RabbitMqServer[] nodes) => Nodes = nodes;

    /// <summary>Its nodes, the first one first.</summary>
    public IReadOnlyList<RabbitMqServer> Nodes { get; }

    /// <summary>Where they listen, as the worker wants to be told.</summary>
    public string Hosts => string.Join(',', Nodes.Select(node => FormattableString.Invariant($"{node.Host}:{node.Port}")));

    /// <summary>Starts two nodes beside the first. They end with its folder.</summary>
    public static async Task<RabbitMqCluster> FormAsync(RabbitMqServer first, CancellationToken cancellationToken) =>
        new(first, await first.StartPeerAsync(2, cancellationToken), await first.StartPeerAsync(3, cancellationToken));

    /// <summary>Returns the node that leads a queue.</summary>
    /// <param name="virtualHost">Where the queue is.</param>
    /// <param name="queue">A quorum queue.</param>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    /// <param name="away">A node that is away: another one is waited for, as those that are there know it.</param>
    public Task<RabbitMqServer> LeaderOfAsync(
        string virtualHost, string queue, CancellationToken cancellationToken, RabbitMqServer? away = null) => Eventually.Read(
        async () =>
        {
            var told = await Other(away).Management.GetFromJsonAsync<JsonElement>($"api/queues/{virtualHost}/{queue}?columns=leader", cancellationToken);
            return Nodes.FirstOrDefault(node => node != away && told.TryGetProperty("leader", out var name) && node.Node == name.GetString())!;
        },
        leader => leader is not null,
        $"A leader of {queue}");

    /// <summary>
    /// Returns when all three nodes have each queue: while one lacks it, the loss of another stops the queue. After a change of leaders a queue
    /// may tell the same thing twice, which a JsonElement does not mind.
    /// </summary>
    public Task WaitUntilReplicatedAsync(string virtualHost, CancellationToken cancellationToken) => Eventually.Read(
        async () =>
        {
            var queues = await Nodes[0].Management.GetFromJsonAsync<JsonElement>($"api/queues/{virtualHost}?columns=name,online", cancellationToken);
            return queues.EnumerateArray()
                .Where(queue => !queue.TryGetProperty("online", out var online) || online.GetArrayLength() < Nodes.Count)
                .Select(queue => queue.GetProperty("name").GetString())
                .ToArray();
        },
        behind => behind.Length == 0,
        "Three copies of each queue");

    /// <summary>A node that stays while one is away.</summary>
    public RabbitMqServer Other(RabbitMqServer? away) => Nodes.First(node => node != away);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The first one belongs to whoever has started it.
        foreach (var node in Nodes.Skip(1))
        {
            node.Dispose();
        }
    }
}
