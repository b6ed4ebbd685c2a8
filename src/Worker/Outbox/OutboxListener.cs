using Gateway.Persistence;
using Gateway.Persistence.Outbox;
using Npgsql;

namespace Gateway.Worker.Outbox;

/// <summary>Hears of messages that other processes commit.</summary>
public sealed class OutboxListener(
    NpgsqlDataSource dataSource, OutboxSignal signal, OutboxOptions options, TimeProvider time, ILogger<OutboxListener> logger)
    : BackgroundService
{
    private readonly FailureNotice _failures = new(time);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await dataSource.OpenConnectionAsync(stoppingToken);
                connection.Notification += (_, _) => signal.Set();
                await using var listen = new NpgsqlCommand($"listen {OutboxWriter.Channel}", connection);
                await listen.ExecuteNonQueryAsync(stoppingToken);
                // What was committed while nobody listened.
                signal.Set();
                _failures.Worked();
                while (true)
                {
                    await connection.WaitAsync(stoppingToken);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The dispatcher looks by itself meanwhile.
                if (_failures.Failed(out var failures))
                {
                    Log.NotListening(logger, failures, exception);
                }

                await Task.Delay(options.PollInterval, time, stoppingToken);
            }
        }
    }
}
