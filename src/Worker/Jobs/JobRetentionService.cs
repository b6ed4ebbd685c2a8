using Gateway.Persistence;
using Gateway.Persistence.Figures;
using Gateway.Persistence.Operations;

namespace Gateway.Worker.Jobs;

/// <summary>
/// Removes old jobs every hour, one worker at a time, and what operators and wallets have left behind; folds and removes old counts.
/// </summary>
public sealed class JobRetentionService(
    JobRetention jobs,
    HistoryRetention history,
    CountRetention counts,
    JobRetentionOptions options,
    TimeProvider time,
    ILogger<JobRetentionService> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var now = time.GetUtcNow().UtcDateTime;
                if (await jobs.RemoveAsync(now - options.Succeeded, now - options.Others, Pause, time, stoppingToken) is { } removed)
                {
                    Log.Removed(logger, removed);
                }

                await counts.RunAsync(now, Pause, time, stoppingToken);
                await history.RemoveAsync(now - options.History, Pause, time, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested && DatabaseFailure.MayBeCauseOf(exception))
            {
                Log.NotRemoved(logger, exception);
            }
        }
    }
}
