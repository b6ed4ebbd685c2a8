using System.Net.Security;
using Gateway.Persistence.Bulk;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.Endpoints;
using Gateway.Persistence.Figures;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Operations;
using Gateway.Persistence.Outbox;
using Gateway.Persistence.Recording;
using Gateway.Persistence.Scheduling;
using Gateway.Persistence.Search;
using Gateway.Persistence.Waiting;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Gateway.Persistence;

/// <summary>
/// Registers the database. Comes before the bus: services stop in reverse order, and the bus's last consumers still record.
/// </summary>
public static class GatewayPersistence
{
    /// <summary>The gateway's database on PostgreSQL. One <see cref="NpgsqlDataSource"/> is shared by all who need a connection.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="connectionString">An Npgsql connection string.</param>
    /// <param name="encrypt">Has the last word on how a connection is encrypted.</param>
    public static IServiceCollection AddGatewayPostgres(
        this IServiceCollection services, string connectionString, Action<SslClientAuthenticationOptions>? encrypt = null)
    {
        services.AddSingleton(provider => new NpgsqlDataSourceBuilder(connectionString)
            .UseLoggerFactory(provider.GetService<ILoggerFactory>())
            .UseSslClientAuthenticationOptionsCallback(encrypt)
            .Build());
        services.AddSingleton<IJobRunWriter>(provider => new PostgresJobRunWriter(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<WorkerIdentity>()));
        services.AddSingleton<IWaitingRoom, PostgresWaitingRoom>();
        return services.AddGatewayDatabase((provider, options) =>
        {
            var dataSource = provider.GetRequiredService<NpgsqlDataSource>();
            options.UseGatewayPostgres(dataSource).AddInterceptors(new ReadOnlyServers(dataSource));
        });
    }

    /// <summary>The embedded database: a SQLite file, whose folder is made when it is missing.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="path">The file.</param>
    public static IServiceCollection AddGatewaySqlite(this IServiceCollection services, string path)
    {
        // A writer waits for another one so many seconds before it fails with "database is locked".
        var connectionString = new SqliteConnectionStringBuilder { DataSource = Path.GetFullPath(path), DefaultTimeout = 30 }.ToString();
        services.AddSingleton<IJobRunWriter>(provider => new SqliteJobRunWriter(
            connectionString, provider.GetRequiredService<WorkerIdentity>()));
        services.AddSingleton<IWaitingRoom>(provider => new SqliteWaitingRoom(
            provider.GetRequiredService<IDbContextFactory<GatewayDbContext>>(),
            provider.GetService<TimeProvider>() ?? TimeProvider.System));
        return services.AddGatewayDatabase((_, options) =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            options.UseSqlite(connectionString).UseSnakeCaseNamingConvention();
        });
    }

    internal static DbContextOptionsBuilder UseGatewayPostgres(this DbContextOptionsBuilder options, NpgsqlDataSource? dataSource) =>
        options
            .UseNpgsql(dataSource!, npgsql => npgsql.MigrationsHistoryTable(GatewaySchema.HistoryTable))
            .UseSnakeCaseNamingConvention();

    private static IServiceCollection AddGatewayDatabase(
        this IServiceCollection services,
        Action<IServiceProvider, DbContextOptionsBuilder> configure)
    {
        services.AddPooledDbContextFactory<GatewayDbContext>(configure);
        services.TryAddScoped(provider => provider.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContext());
        services.TryAddSingleton(new JobLogOptions());
        services.TryAddSingleton(new WorkerIdentity(Guid.CreateVersion7()));
        services.AddSingleton<GatewaySchema>();
        services.AddSingleton<EndpointStore>();
        services.AddSingleton<DevelopmentMerchants>();
        services.AddSingleton<JobHistory>();
        services.AddSingleton<JobRetention>();
        services.AddSingleton<HistoryRetention>();
        services.AddSingleton<CountRetention>();
        services.AddSingleton<FigureReader>();
        services.AddSingleton<TextSearch>();
        services.AddSingleton<OutboxReader>();
        services.AddSingleton<ScheduleSettingStore>();
        services.AddSingleton(provider => new WaitingDeliveries(
            provider.GetRequiredService<IDbContextFactory<GatewayDbContext>>(),
            provider.GetService<TimeProvider>() ?? TimeProvider.System));
        services.AddSingleton<DeadLetterStore>();
        services.AddSingleton<BulkJobStore>();
        services.AddSingleton<LetterPages>();
        services.AddSingleton(provider => new WaitingList(
            provider.GetRequiredService<IDbContextFactory<GatewayDbContext>>(),
            provider.GetService<TimeProvider>() ?? TimeProvider.System));
        services.AddSingleton(provider => new WaitingCanceller(
            provider.GetRequiredService<IDbContextFactory<GatewayDbContext>>(),
            provider.GetService<TimeProvider>() ?? TimeProvider.System));

        // Before the recorder, so that it stops after it.
        services.AddSingleton(provider => new MerchantCounts(
            provider.GetRequiredService<IDbContextFactory<GatewayDbContext>>(),
            TimeProvider.System,
            provider.GetRequiredService<ILogger<MerchantCounts>>()));
        services.AddHostedService(provider => provider.GetRequiredService<MerchantCounts>());

        // Gathering rows and trying again are about the machine, so they go by its clock even where a test stops the program's.
        services.AddSingleton(provider => new JobRecorder(
            provider.GetRequiredService<IJobRunWriter>(),
            provider.GetRequiredService<JobLogOptions>(),
            TimeProvider.System,
            provider.GetRequiredService<ILogger<JobRecorder>>(),
            provider.GetRequiredService<MerchantCounts>()));
        services.AddHostedService(provider => provider.GetRequiredService<JobRecorder>());
        return services;
    }
}
