using System.Net;
using System.Net.Sockets;
using Gateway.Persistence;
using Gateway.Worker.Bus;
using Gateway.Worker.Configuration;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using StackExchange.Redis;

namespace Gateway.Worker.Servers;

/// <summary>
/// Says at start, in a line each, for which server the worker waits and which tables are missing, once, and again when that is over; names
/// what is too old, a Redis that is not what its variables say, a PostgreSQL that may lose what it has confirmed, and hosts whose name
/// leads nowhere. What goes away later is told by those who need it.
/// </summary>
public sealed class ServersAtStart(
    RabbitMqOptions rabbitMq,
    DatabaseOptions databaseOptions,
    RedisOptions redisOptions,
    GatewaySchema schema,
    IDbContextFactory<GatewayDbContext> contexts,
    IServiceProvider services,
    TimeProvider time,
    ILogger<ServersAtStart> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestLookup = TimeSpan.FromSeconds(10);

    private readonly List<string> _complaints = [];

    /// <summary>What an operator must put right, in a line each; empty while nothing is known to be wrong.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints)
            {
                return [.. _complaints];
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Nobody waits for it: what starts after it may take as long as these servers do.
        await Task.Yield();
        var database = new NpgsqlConnectionStringBuilder(databaseOptions.ConnectionString);
        var databaseAddress = $"{database.Host}:{database.Port}/{database.Database}";
        await Task.WhenAll(
            WaitForServerAsync(ServerRequirement.RabbitMq, rabbitMq.ToString(), ReadRabbitMqAsync, stoppingToken),
            WaitForServerAsync(ServerRequirement.Redis, redisOptions.ToString(), ReadRedisAsync, stoppingToken),
            LookForTablesAsync(
                WaitForServerAsync(ServerRequirement.PostgreSql, databaseAddress, ReadPostgresAsync, stoppingToken), stoppingToken),
            LookUpAsync("RABBITMQ_HOST", rabbitMq.Nodes, stoppingToken),
            LookUpAsync("REDIS_HOST", redisOptions.Hosts, stoppingToken),
            LookUpAsync("DB_HOST", databaseOptions.Hosts, stoppingToken));
    }

    private async Task WaitForServerAsync(
        ServerRequirement server, string address, Func<CancellationToken, Task<Version?>> read, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        for (var isWaiting = false; ; await timer.WaitForNextTickAsync(stop))
        {
            try
            {
                var version = await read(stop);
                if (isWaiting)
                {
                    Log.Answers(logger, server.Server, address);
                }

                if (version is not null && server.Complaint(version) is { } complaint)
                {
                    Complain(complaint);
                }

                return;
            }
            catch (Exception exception) when (IsAway(exception) && !stop.IsCancellationRequested)
            {
                if (!isWaiting)
                {
                    isWaiting = true;
                    Log.Waiting(logger, server.Server, address, exception.GetBaseException().Message);
                }
            }
        }
    }

    private void Complain(string complaint)
    {
        lock (_complaints)
        {
            if (_complaints.Contains(complaint))
            {
                return;
            }

            _complaints.Add(complaint);
        }

        Log.Unfit(logger, complaint);
    }

    // Of several servers one that cannot be found would be missed only when it is needed.
    private async Task LookUpAsync(string variable, IReadOnlyList<ServerAddress> servers, CancellationToken stop)
    {
        foreach (var host in servers.Select(server => server.Host).Distinct())
        {
            try
            {
                await Dns.GetHostAddressesAsync(host, stop).WaitAsync(LongestLookup, time, stop);
            }
            catch (Exception exception) when (exception is SocketException or TimeoutException)
            {
                Log.NameUnknown(logger, variable, host, exception.Message);
            }
        }
    }

    private async Task LookForTablesAsync(Task database, CancellationToken stop)
    {
        await database;
        using var timer = new PeriodicTimer(Interval, time);
        for (var isTold = false; ; await timer.WaitForNextTickAsync(stop))
        {
            try
            {
                var missing = await DescribeMissingAsync(stop);
                if (missing.Length == 0)
                {
                    if (isTold)
                    {
                        Log.TablesThere(logger);
                    }

                    return;
                }

                if (!isTold)
                {
                    isTold = true;
                    Log.TablesMissing(logger, missing);
                }
            }
            catch (Exception exception) when (IsAway(exception) && !stop.IsCancellationRequested)
            {
                // It has gone again, which the probe tells.
            }
        }
    }

    private async Task<string> DescribeMissingAsync(CancellationToken stop)
    {
        try
        {
            return MissingPart.Describe(await schema.FindMissingAsync(stop));
        }
        catch (PreviewDatabaseException preview)
        {
            return preview.Message;
        }
    }

    private async Task<Version?> ReadRabbitMqAsync(CancellationToken stop)
    {
        await using var connection = new BrokerConnection(rabbitMq, "greeting", time);
        return ServerRequirement.Parse(await connection.ReadVersionAsync(stop));
    }

    private async Task<Version?> ReadPostgresAsync(CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        var number = await db.Database.SqlQuery<int>($"""select current_setting('server_version_num')::int as "Value" """)
            .SingleAsync(stop);
        if (await PostgresDeployment.ComplaintOfAsync(db, databaseOptions, stop) is { } complaint)
        {
            Complain(complaint);
        }

        return new Version(number / 10_000, number % 10_000);
    }

    private async Task<Version?> ReadRedisAsync(CancellationToken stop)
    {
        // It is made when it is first asked for, and tries to connect then, which takes its time.
        var redis = await (await Task.Run(services.GetRequiredService<RedisConnection>, stop)).ConnectAsync();
        if (RedisDeployment.ComplaintOf(redis, redisOptions) is { } complaint)
        {
            Complain(complaint);
        }

        try
        {
            await redis.GetDatabase().PingAsync();
        }
        catch (Exception exception) when (RedisFailure.IsCauseOf(exception))
        {
            throw await Sentinels.ComplaintOfAsync(redisOptions) is { } misled ? new RedisException(misled) : exception;
        }

        return redis.GetServers().Where(server => server.IsConnected).Min(server => server.Version);
    }

    // A database that does not exist, or a wrong password, is waited for too: somebody is about to put that right.
    private static bool IsAway(Exception exception) =>
        exception is OperationCanceledException
        || DatabaseFailure.IsCauseOf(exception) || RedisFailure.IsCauseOf(exception) || BrokerFailure.IsCauseOf(exception);
}
