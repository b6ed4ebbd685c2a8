using Gateway.Integration.Tests.Bus;
using Gateway.Persistence;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Messaging;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Gate;
using Gateway.Worker.Hosting;
using Gateway.Worker.Jobs;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Gateway.Integration.Tests.Jobs;

/// <summary>The three job queues on a real broker and a real database, with jobs that do what the test says.</summary>
public sealed class JobsWorker(TestServers servers) : IAsyncLifetime
{
    private VirtualHost _virtualHost = null!;
    private PostgresDatabase _database = null!;
    private IHost _host = null!;

    public ScriptedJobs Jobs { get; } = new();

    public IBus Bus => _host.Services.GetRequiredService<IBus>();

    public Broker Broker { get; private set; } = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _virtualHost = await servers.RabbitMq.CreateVirtualHostAsync(Cancellation);
        _database = await servers.CreateMigratedDatabaseAsync(Cancellation);
        Broker = await Broker.Connect(_virtualHost.Uri);
        _host = NewHost();
        await _host.StartAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Broker.DisposeAsync();
        await _database.DisposeAsync();
        await _virtualHost.DisposeAsync();
    }

    /// <summary>Stops the worker; jobs get a second to end.</summary>
    public async Task StopAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        await (_host is IAsyncDisposable host ? host.DisposeAsync() : ValueTask.CompletedTask);
    }

    /// <summary>Starts another worker in the place of the one that was stopped.</summary>
    public async Task StartAgainAsync()
    {
        _host = NewHost();
        await _host.StartAsync(Cancellation);
    }

    public Task<IReadOnlyList<JobRun>> Runs(Guid jobId) => _host.Services.GetRequiredService<JobHistory>().GetAsync(jobId, Cancellation);

    /// <summary>All runs of a job, as soon as no attempt is to come.</summary>
    public Task<IReadOnlyList<JobRun>> WaitUntilEndedAsync(Guid jobId) => Eventually.Read(
        () => Runs(jobId), runs => runs is [.., { State: not JobState.Retrying }], $"job {jobId} has ended");

    private IHost NewHost()
    {
        var options = GatewayOptions.Read(WorkerEnvironment.For(_virtualHost)
            .With(new Dictionary<string, string>
            {
                ["WORKER_STOP_TIMEOUT"] = "1s",
                ["PERIODIC_RETRY_DELAYS"] = "100ms,200ms,400ms",
                ["MONITORING_RETRY_DELAYS"] = "100ms,200ms,400ms",
                ["MONITORING_TIMEOUT"] = "200ms",
                ["REPORTS_RETRY_DELAYS"] = "100ms,200ms,400ms",
            })
            .ToConfiguration());
        var builder = BusHost.NewBuilder();
        builder.Services.AddSingleton(Jobs);
        builder.Services.AddScoped(typeof(IJob<>), typeof(ScriptedJob<>));
        builder.Services.AddGatewayPostgres(_database.ConnectionString);
        builder.Services.AddSingleton<JobMetrics>();
        builder.Services.AddGate(options.Gate, options.Mode);
        builder.Services.AddGatewayBus(
            options.Bus,
            [.. options.Jobs.Select(job => job.Job.OnBus(job, options.Gate))]);
        return builder.Build();
    }
}
