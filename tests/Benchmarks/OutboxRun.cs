using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.Outbox;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Hosting;
using Gateway.Worker.Outbox;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Gateway.Benchmarks;

/// <summary>Publishes 110,000 messages that wait in the outbox to a durable queue, and measures the last 100,000.</summary>
internal static class OutboxRun
{
    private const int WarmUp = 10_000;
    private const int Count = 100_000;
    private const string Queue = "subscriber";

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var servers = await FreshServers.CreateAsync(cancellationToken);
        await BenchmarkWorker.MigrateAsync(servers.ToWorkerEnvironment(), cancellationToken);
        await using var broker = await new ConnectionFactory { Uri = servers.RabbitMq }.CreateConnectionAsync(cancellationToken);
        await using var channel = await broker.CreateChannelAsync(cancellationToken: cancellationToken);
        await SubscribeAsync(channel, cancellationToken);

        using var host = NewHost(servers);
        await FillAsync(host.Services, cancellationToken);
        await host.StartAsync(cancellationToken);
        await WaitUntilAsync(channel, WarmUp, cancellationToken);
        var before = await channel.MessageCountAsync(Queue, cancellationToken);
        var cpu = Environment.CpuUsage.TotalTime;
        var serverCpu = ServerCpu.Read();
        var start = TimeProvider.System.GetTimestamp();
        await WaitUntilAsync(channel, WarmUp + Count, cancellationToken);
        new Result
        {
            Seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds,
            CpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds,
            ServerCpuSeconds = ServerCpu.Since(serverCpu),
            PeakMegabytes = ProcessTree.ReadPeakMegabytes(Environment.ProcessId),
            Peer = "outbox to RabbitMQ",
            Merchant = "none",
            Concurrency = new OutboxOptions().Concurrency,
            Count = (int)(WarmUp + Count - before),
        }.Print();
        await host.StopAsync(cancellationToken);
    }

    private static async Task SubscribeAsync(IChannel channel, CancellationToken cancellationToken)
    {
        var exchange = $"{typeof(PaymentExpired).Namespace}:{nameof(PaymentExpired)}";
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, cancellationToken: cancellationToken);
        await channel.QueueBindAsync(Queue, exchange, "", cancellationToken: cancellationToken);
    }

    private static IHost NewHost(FreshServers servers)
    {
        var options = GatewayOptions.Read(servers.ToWorkerEnvironment().ToConfiguration());
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
        builder.Services.AddMetrics();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddGatewayPostgres(servers.Postgres);
        builder.Services.AddGatewayBus(options.Bus, new BusFeature(bus => bus.AddDelayedSends("unused", [TimeSpan.FromSeconds(1)]), (_, _) => { }));
        builder.Services.AddOutbox(options.Mode, options.Metrics);
        return builder.Build();
    }

    private static async Task FillAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(cancellationToken);
        var now = TimeProvider.System.GetUtcNow();
        foreach (var some in Enumerable.Range(0, WarmUp + Count).Chunk(10_000))
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            await db.WriteOutboxAsync([.. some.Select(_ => NewMessage(now))], cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
    }

    private static OutboxMessage NewMessage(DateTimeOffset now)
    {
        var payment = Guid.CreateVersion7();
        return OutboxMessage.Create(
            new PaymentExpired { PaymentId = payment, MerchantId = Guid.CreateVersion7().ToString(), ExpiredAt = now },
            Guid.CreateVersion7(),
            payment.ToString(),
            mustArrive: false,
            now.UtcDateTime);
    }

    private static async Task WaitUntilAsync(IChannel channel, uint messages, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await channel.MessageCountAsync(Queue, cancellationToken) < messages)
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }
}
