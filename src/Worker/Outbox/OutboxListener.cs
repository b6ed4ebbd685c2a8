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
                while (await connection.WaitAsync(options.PollInterval, stoppingToken) || !await IsReadOnlyAsync(connection, stoppingToken))
                {
                    // On this server messages may still be committed.
                }

                // Another is the primary now, and where that is, a connection of the pool would not find out.
                dataSource.Clear();
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

    private static async Task<bool> IsReadOnlyAsync(NpgsqlConnection connection, CancellationToken stoppingToken)
    {
        await using var ask = new NpgsqlCommand("show transaction_read_only", connection);
        return await ask.ExecuteScalarAsync(stoppingToken) is "on";
    }
}
