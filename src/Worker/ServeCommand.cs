using Gateway.Persistence;
using Gateway.Worker.Configuration;

namespace Gateway.Worker;

/// <summary><c>serve</c>: runs until stopped.</summary>
internal static partial class ServeCommand
{
    public static async Task<int> RunAsync(CancellationToken stop)
    {
        var builder = WebApplication.CreateBuilder();
        GatewayOptions options;
        try
        {
            options = GatewayOptions.Read(builder.Configuration);
        }
        catch (InvalidSettingsException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return ExitCodes.WrongConfiguration;
        }

        await using var app = GatewayHost.Build(builder, options);
        if (options.Mode == GatewayMode.Embedded)
        {
            await app.Services.GetRequiredService<GatewaySchema>().MigrateAsync(stop);
            EmbeddedMode(app.Logger);
        }

        if (options.Wallets.HasNeedlessKey)
        {
            NeedlessKey(app.Logger);
        }

        AppDomain.CurrentDomain.FirstChanceException += (_, thrown) => EndIfOutOfMemory(thrown.Exception);
        await app.StartAsync(stop);
        Serving(app.Logger, options.Mode.ToString().ToLowerInvariant(), string.Join(", ", app.Urls));
        await app.WaitForShutdownAsync(stop);
        return ExitCodes.Done;
    }

    // Caught here and there it would leave a process that answers its probes and delivers nothing. What it had in hand comes again.
    private static void EndIfOutOfMemory(Exception exception)
    {
        if (exception is OutOfMemoryException)
        {
            Environment.FailFast("Out of memory: give the process more, or lower WORKER_CONCURRENCY or WEBHOOK_MAX_PAYLOAD.");
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Serving in {Mode} mode, API on {Urls}")]
    private static partial void Serving(ILogger logger, string mode, string urls);

    [LoggerMessage(2, LogLevel.Warning, "Embedded mode: queued messages do not survive a stop. Set RABBITMQ_HOST, REDIS_HOST and DB_HOST, or GATEWAY_MODE=full, to run on servers.")]
    private static partial void EmbeddedMode(ILogger logger);

    [LoggerMessage(3, LogLevel.Warning, "SOLANA_WALLET_PRIVATE_KEY belongs to SOLANA_WALLET_ADDRESS and is not kept. The worker never needs it: take it out of its environment.")]
    private static partial void NeedlessKey(ILogger logger);
}
