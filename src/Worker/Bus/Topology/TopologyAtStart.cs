namespace Gateway.Worker.Bus.Topology;

/// <summary>
/// Says at start what of the queues is not as the worker needs it, each thing once. It looks until all consumed queues are there, which a
/// first worker declares only then, and all is told of them.
/// </summary>
internal sealed class TopologyAtStart(TopologyCheck check, TimeProvider time, ILogger<TopologyAtStart> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    // The broker itself may be about to start.
    private const int TriesUntilTold = 3;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var told = new HashSet<TopologyFinding>();
        using var timer = new PeriodicTimer(Interval, time);
        var unanswered = 0;
        do
        {
            try
            {
                var report = await check.ReadAsync(stoppingToken);
                foreach (var finding in report.Findings.Where(told.Add))
                {
                    Log.NotAsNeeded(logger, finding.Queue, finding.Setting, finding.Found, finding.Needed, finding.Remedy);
                }

                if (report.Missing.Count == 0 && report.Untold.Count == 0)
                {
                    return;
                }
            }
            catch (TopologyUnknownException exception)
            {
                if (++unanswered == TriesUntilTold)
                {
                    Log.Unchecked(logger, exception.Message);
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
