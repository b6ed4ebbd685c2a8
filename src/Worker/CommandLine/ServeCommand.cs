using System.Net;
using System.Net.Sockets;
using Gateway.Persistence;
using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;

namespace Gateway.Worker.CommandLine;

/// <summary><c>serve</c>: runs until stopped.</summary>
internal static partial class ServeCommand
{
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(CancellationToken stop)
    {
        try
        {
            return await ServeAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // It was stopped before it had started, and some part says so when it is disposed of.
            return ExitCodes.Done;
        }
    }

    /// <summary>
    /// The exit code of a worker that has stopped. A part that ended by an exception has stopped it, and nobody asked for that.
    /// </summary>
    internal static int CodeAfter(IEnumerable<IHostedService> parts) =>
        parts.OfType<BackgroundService>().Any(part => part.ExecuteTask is { IsFaulted: true }) ? ExitCodes.Failed : ExitCodes.Done;

    private static async Task<int> ServeAsync(CancellationToken stop)
    {
        var builder = GatewayHost.CreateBuilder();
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

        // Before anything else is started, and told in one line.
        if (WhyNobodyCanListen(options.Ops.Url) is { } refusal)
        {
            await Console.Error.WriteLineAsync($"OPS_URL: nobody can listen at {options.Ops.Url}: {refusal}");
            return ExitCodes.Failed;
        }

        await using var app = GatewayHost.Build(builder, options);
        if (options.Mode == GatewayMode.Embedded)
        {
            try
            {
                await app.Services.GetRequiredService<GatewaySchema>().MigrateAsync(stop);
            }
            catch (PreviewDatabaseException exception)
            {
                await Console.Error.WriteLineAsync(exception.Message);
                return ExitCodes.Failed;
            }

            EmbeddedMode(app.Logger, options.Database.File);
        }

        if (options.Webhooks.Sending.AllowLocal)
        {
            LocalEndpoints(app.Logger);
        }

        var takesNobody = options.Ops.Keys.Count == 0 && !options.Ops.AsksNoKey;
        if (takesNobody && (options.Ops.OpenId is null || !options.Dashboard.IsOn))
        {
            NoKeys(app.Logger);
        }

        if (options.Wallets.HasNeedlessKey)
        {
            NeedlessKey(app.Logger);
        }

        if (options.Webhooks.Sending.TellsTrace && options.Telemetry.Collector is null)
        {
            NoTraceToTell(app.Logger);
        }

        AppDomain.CurrentDomain.FirstChanceException += (_, thrown) => EndIfOutOfMemory(thrown.Exception);
        try
        {
            await app.StartAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await StopPartsAsync(app);
            return ExitCodes.Done;
        }
        catch (Exception exception)
        {
            NotStarted(app.Logger, exception);
            await StopPartsAsync(app);
            return ExitCodes.Failed;
        }

        Serving(app.Logger, options.Mode.ToString().ToLowerInvariant(), string.Join(", ", app.Urls));
        await app.WaitForShutdownAsync(stop);
        // Where a stop was asked for, a part may end by what it was doing then, such as asking a server that is away.
        return stop.IsCancellationRequested ? ExitCodes.Done : CodeAfter(app.Services.GetServices<IHostedService>());
    }

    // As Kestrel listens: at both loopback addresses for localhost, at one address, or at all of them for a name.
    private static string? WhyNobodyCanListen(Uri url)
    {
        IPAddress[] addresses = url.Host switch
        {
            _ when url.Port == 0 => [],
            "localhost" => [IPAddress.Loopback],
            var host when IPAddress.TryParse(host.Trim('[', ']'), out var address) => [address],
            _ => [IPAddress.Any],
        };
        try
        {
            foreach (var address in addresses)
            {
                using var listener = new TcpListener(address, url.Port);
                listener.Start();
            }

            return null;
        }
        catch (SocketException exception)
        {
            return exception.Message;
        }
    }

    // What was started before the part that could not be would go on by itself, and keep the process.
    private static async Task StopPartsAsync(WebApplication app)
    {
        try
        {
            using var limit = new CancellationTokenSource(LongestEnd);
            await app.StopAsync(limit.Token);
        }
        catch (Exception exception)
        {
            NotStopped(app.Logger, exception);
        }
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

    [LoggerMessage(
        2,
        LogLevel.Warning,
        "Embedded mode: queued messages do not survive a stop. The database is {File}. "
            + "Set RABBITMQ_HOST, REDIS_HOST and DB_HOST, or GATEWAY_MODE=full, to run on servers.")]
    private static partial void EmbeddedMode(ILogger logger, string file);

    [LoggerMessage(
        3,
        LogLevel.Warning,
        "SOLANA_WALLET_PRIVATE_KEY belongs to SOLANA_WALLET_ADDRESS and is not kept. "
        + "The worker never needs it: take it out of its environment.")]
    private static partial void NeedlessKey(ILogger logger);

    [LoggerMessage(
        8,
        LogLevel.Warning,
        "WEBHOOK_TRACEPARENT tells merchants nothing: without OTEL_EXPORTER_OTLP_ENDPOINT there is no trace")]
    private static partial void NoTraceToTell(ILogger logger);

    [LoggerMessage(4, LogLevel.Critical, "The worker cannot start, and ends")]
    private static partial void NotStarted(ILogger logger, Exception exception);

    [LoggerMessage(5, LogLevel.Error, "What had been started did not stop in good order")]
    private static partial void NotStopped(ILogger logger, Exception exception);

    [LoggerMessage(
        6,
        LogLevel.Warning,
        "Webhooks may go to this machine, by http and to any port: for development. WEBHOOK_ALLOW_LOCAL=false keeps them from it")]
    private static partial void LocalEndpoints(ILogger logger);

    [LoggerMessage(
        7,
        LogLevel.Warning,
        "OPS_API_KEYS is empty, so only the probes answer. 'Gateway.Worker keys new NAME operator' makes a key and its entry")]
    private static partial void NoKeys(ILogger logger);
}
