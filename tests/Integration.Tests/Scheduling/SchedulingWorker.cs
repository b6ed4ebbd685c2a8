using System.Collections.Concurrent;
using Gateway.Contracts;
using Gateway.Integration.Tests.Bus;
using Gateway.Persistence;
using Gateway.Persistence.Scheduling;
using Gateway.Testing;
using Gateway.Testing.Messaging;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Hosting;
using Gateway.Worker.Payments;
using Gateway.Worker.Scheduling;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Scheduling;

/// <summary>The schedules on a real database and a real broker, without the jobs; one can stop it and start it again with other settings.</summary>
public sealed class SchedulingWorker : IAsyncDisposable
{
    private readonly VirtualHost _virtualHost;
    private readonly PostgresDatabase _database;
    private IHost? _host;
    private IHost? _other;

    private SchedulingWorker(VirtualHost virtualHost, PostgresDatabase database, Broker broker) =>
        (_virtualHost, _database, Broker) = (virtualHost, database, broker);

    public Broker Broker { get; }

    /// <summary>The ticks that came to the queue of the expiry of payments, also those of a worker that was stopped.</summary>
    public ConcurrentQueue<DateTimeOffset> Ticks { get; } = new();

    /// <summary>What the worker tells operators about its schedules.</summary>
    public LogLines Log { get; } = new();

    /// <summary>The same of the other worker.</summary>
    public LogLines LogOfTheOther { get; } = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IServiceProvider Services => _host!.Services;

    private Schedule Expiry => Services.GetRequiredService<ScheduleOptions>().Find("payment-expiry")!;

    private ScheduleControl Control => Services.GetRequiredService<ScheduleControl>();

    public static async Task<SchedulingWorker> CreateAsync(TestServers servers)
    {
        var virtualHost = await servers.RabbitMq.CreateVirtualHostAsync(Cancellation);
        return new SchedulingWorker(virtualHost, await servers.CreateMigratedDatabaseAsync(Cancellation), await Broker.Connect(virtualHost.Uri));
    }

    /// <summary>Starts with an expression for the expiry of payments, the only schedule that ticks.</summary>
    public async Task StartAsync(string cron, bool isEnabled = true)
    {
        _host = NewHost(cron, isEnabled, Log);
        await _host.StartAsync(Cancellation);
    }

    /// <summary>Starts another worker beside it, as a rolling deployment does.</summary>
    public async Task StartAnotherAsync(string cron, bool isEnabled = true)
    {
        _other = NewHost(cron, isEnabled, LogOfTheOther);
        await _other.StartAsync(Cancellation);
    }

    /// <summary>What a worker says in the API's answer.</summary>
    public Task<IReadOnlyList<ScheduleSetting>> SettingsAsync() =>
        Services.GetRequiredService<ScheduleSettingStore>().OfLivingWorkersAsync(Expiry.Name, Cancellation);

    public async Task StopTheOtherAsync()
    {
        if (_other is not null)
        {
            await _other.StopAsync(CancellationToken.None);
            await ((IAsyncDisposable)_other).DisposeAsync();
            _other = null;
        }
    }

    /// <summary>As an operator sees it, as soon as it is so.</summary>
    public Task<ScheduleState> WaitUntilAsync(Func<ScheduleState, bool> expected, string awaited) => Eventually.Read(
        async () =>
        {
            try
            {
                return await Control.GetAsync(Expiry, Cancellation);
            }
            catch (Quartz.SchedulerException)
            {
                // Its tables are not there yet.
                return new ScheduleState(false, null, null, null);
            }
        },
        expected,
        awaited);

    public Task PauseAsync() => Control.PauseAsync(Expiry, Cancellation);

    public Task ResumeAsync() => Control.ResumeAsync(Expiry, Cancellation);

    public async Task StopAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync(CancellationToken.None);
            await ((IAsyncDisposable)_host).DisposeAsync();
            _host = null;
        }
    }

    /// <summary>Makes the stored schedule as it is after a worker was away for so long.</summary>
    public async Task WasAwayForAsync(TimeSpan time)
    {
        await using var connection = new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand("update qrtz_triggers set next_fire_time = next_fire_time - @ticks", connection)
        {
            Parameters = { new NpgsqlParameter("ticks", time.Ticks) },
        };
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Cancellation));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await StopTheOtherAsync();
        await Broker.DisposeAsync();
        await _database.DisposeAsync();
        await _virtualHost.DisposeAsync();
    }

    private IHost NewHost(string cron, bool isEnabled, LogLines log)
    {
        var options = GatewayOptions.Read(WorkerEnvironment.For(_virtualHost)
            .With(WorkerEnvironment.WithoutSchedules)
            .With(new Dictionary<string, string>
            {
                ["PAYMENT_EXPIRY_CRON"] = cron,
                ["PAYMENT_EXPIRY_ENABLED"] = isEnabled ? "true" : "false",
            })
            .ToConfiguration());
        var builder = BusHost.NewBuilder();
        builder.Services.AddSingleton(log.For<ScheduleRunner>());
        builder.Services.AddGatewayPostgres(_database.ConnectionString);
        builder.Services.AddGatewayBus(options.Bus, new BusFeature(
            bus => bus.AddDelayedSends(ExpirePaymentsJob.Definition.Queue, [TimeSpan.FromSeconds(1)]),
            (bus, _) => bus.ReceiveEndpoint(ExpirePaymentsJob.Definition.Queue, endpoint => endpoint.Handler<ExpirePayments>(context =>
            {
                Ticks.Enqueue(context.Message.RunAt);
                return Task.CompletedTask;
            }))));
        builder.Services.AddSingleton(options.Metrics);
        builder.Services.AddSingleton(options.JobRetention);
        builder.Services.AddScheduling(options.Schedules, options.Mode);
        return builder.Build();
    }
}
