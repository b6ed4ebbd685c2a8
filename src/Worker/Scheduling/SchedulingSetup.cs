using Gateway.Worker.Configuration;
using Npgsql;
using Quartz;

namespace Gateway.Worker.Scheduling;

/// <summary>Registers the schedules: on PostgreSQL shared by all workers, in memory in embedded mode.</summary>
public static class SchedulingSetup
{
    // Longer than a failover takes: ticks that are late for that reason come each, and only after a longer absence once.
    internal static readonly TimeSpan MisfireThreshold = TimeSpan.FromMinutes(1);

    // A worker that does not check in for nine seconds is taken for dead, and what it was about to publish is published by another.
    private static readonly TimeSpan CheckIn = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan CheckInTolerance = TimeSpan.FromSeconds(6);

    /// <summary>Adds the schedules and their control. One that is turned off is taken out of the store.</summary>
    public static IServiceCollection AddScheduling(this IServiceCollection services, ScheduleOptions options, GatewayMode mode)
    {
        services.AddSingleton(options);
        services.AddSingleton<SchedulerSource>();
        services.AddSingleton<ScheduleControl>();
        services.AddTransient<PublishTick>();
        services.AddHostedService<ScheduleRunner>();
        services.AddHostedService<ScheduleMetrics>();
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "gateway";
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.WhenWaitingForJobs;
            });
            if (mode == GatewayMode.Full)
            {
                quartz.UsePersistentStore(store =>
                {
                    store.UsePostgres(database => database.DataSourceFactory = provider => provider.GetRequiredService<NpgsqlDataSource>());
                    store.ProvisionSchema();
                    store.UseClustering(cluster =>
                        (cluster.CheckinInterval, cluster.CheckinMisfireThreshold) = (CheckIn, CheckInTolerance));
                    store.ConfigureStore(ado =>
                    {
                        ado.MisfireThreshold = MisfireThreshold;
                        ado.RecoverFiringsCancelledByShutdown = true;
                    });
                });
            }
            else
            {
                quartz.UseInMemoryStore();
            }
        });
        return services;
    }
}
