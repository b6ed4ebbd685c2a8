namespace Gateway.Worker.Bus;

/// <summary>
/// Knows whether the nodes of <c>RABBITMQ_HOST</c> are of one cluster, by the name that each gives its cluster when it is connected to. A
/// node that has another Erlang cookie, that was reset, or that could not join with its version, is a broker of its own: it answers, and
/// what is published to it is taken by nobody who is connected to another one.
/// </summary>
public sealed class ClusterWatch(RabbitMqOptions options, TimeProvider time, ILogger<ClusterWatch> logger) : BackgroundService
{
    // Each node writes some lines into its log for every connection.
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private volatile string? _complaint;

    /// <summary>What is wrong, in words; null while nothing is known to be. Nodes that do not answer are not judged.</summary>
    public string? Complaint => _complaint;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Nodes.Count == 1)
        {
            return;
        }

        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            var before = _complaint;
            _complaint = await CompareAsync(stoppingToken);
            switch (before, _complaint)
            {
                case ({ } was, null):
                    Log.OneCluster(logger, was);
                    break;
                case (_, { } complaint) when complaint != before:
                    Log.SeveralClusters(logger, complaint);
                    break;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<string?> CompareAsync(CancellationToken cancellationToken)
    {
        var nodes = await Task.WhenAll(options.Nodes.Select(async node =>
            (Node: node, Cluster: await ReadClusterAsync(options with { Nodes = [node] }, cancellationToken))));
        var known = nodes.Where(node => node.Cluster is not null).ToArray();
        var clusters = string.Join(", ", known.Select(node => $"{node.Node} is of {node.Cluster}"));
        if (known.DistinctBy(node => node.Cluster).Count() > 1)
        {
            return $"the nodes of RABBITMQ_HOST are not of one cluster: {clusters}";
        }

        // One that is away has not joined the others by that.
        return known.Length < nodes.Length ? _complaint : null;
    }

    private async Task<string?> ReadClusterAsync(RabbitMqOptions node, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new BrokerConnection(node, "cluster check", time);
            return await connection.ReadClusterAsync(cancellationToken);
        }
        catch (Exception away) when (
            !cancellationToken.IsCancellationRequested && (BrokerFailure.IsCauseOf(away) || away is OperationCanceledException))
        {
            // Those who need the node say so.
            return null;
        }
    }
}
