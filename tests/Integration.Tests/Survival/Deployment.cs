using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Webhooks.Attempts;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>One gateway for one test: a virtual host, a database with one merchant, a Redis database, and the workers that the test starts.</summary>
public sealed class Deployment : IAsyncDisposable
{
    private readonly VirtualHost _virtualHost;
    private readonly List<WorkerProcess> _workers = [];
    private readonly KeptConnection _questions = new();
    private string _connectionString;

    private Deployment(VirtualHost virtualHost, PostgresDatabase database, RedisDatabase redis, CountingMerchant merchant, Guid merchantId)
    {
        (_virtualHost, Database, Redis, Merchant) = (virtualHost, database, redis, merchant);
        MerchantId = merchantId;
        Publisher = new DeliveryPublisher(virtualHost, merchantId);
        // A pool would keep connections to a server that the test has taken away. The test may write where the workers may not.
        _connectionString = new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            Pooling = false,
            Options = "-c default_transaction_read_only=off",
        }.ConnectionString;
        Settings = WorkerEnvironment.For(virtualHost, database, redis)
            .With(WorkerEnvironment.ForMerchantsAt(merchant.Port))
            .With(WorkerEnvironment.WithoutSchedules)
            .With(new Dictionary<string, string>
            {
                ["OPS_URL"] = "http://127.0.0.1:0",
                ["OPS_API_KEYS"] = $"tests:operator:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(virtualHost.Name)))}",
                ["WEBHOOK_RETRY_DELAYS"] = "500ms,1s",
                ["WORKER_CONCURRENCY"] = "32",
                // Its one merchant may have all of it.
                ["WEBHOOK_MERCHANT_CONCURRENCY"] = "32",
                ["WEBHOOK_CIRCUIT_BREAKER"] = "false",
                ["LOG_FORMAT"] = "text",
                ["Logging__Console__FormatterName"] = "simple",
                ["Logging__Console__FormatterOptions__SingleLine"] = "true",
                ["Logging__Console__FormatterOptions__TimestampFormat"] = "HH:mm:ss.fff ",
                ["Logging__LogLevel__Gateway.Worker.Webhooks.DeliveryLog"] = "Debug",
            });
    }

    /// <summary>The environment of the workers that are started from now on.</summary>
    public Dictionary<string, string> Settings { get; }

    public CountingMerchant Merchant { get; }

    public Guid MerchantId { get; }

    public DeliveryPublisher Publisher { get; }

    public PostgresDatabase Database { get; }

    public Uri BrokerUri => _virtualHost.Uri;

    public Uri ManagementUrl => _virtualHost.Server.ManagementUrl;

    public RedisDatabase Redis { get; }

    public int Concurrency => int.Parse(Settings["WORKER_CONCURRENCY"], CultureInfo.InvariantCulture);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>
    /// Lets a server that is half away stay so: for <c>HALF_AWAY_SECONDS=180</c>, or not at all where that is not set, because most of
    /// what goes wrong does so at once. What does not, a time-out of the broker's or a pool that runs empty, is looked for by hand.
    /// </summary>
    public static Task StaysLikeThisAsync() => Task.Delay(
        TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("HALF_AWAY_SECONDS") ?? "0", CultureInfo.InvariantCulture)), Cancellation);

    public static async Task<Deployment> CreateAsync(TestServers servers)
    {
        var merchant = await CountingMerchant.StartAsync(Cancellation);
        var database = await servers.CreateMigratedDatabaseAsync(Cancellation);
        var id = Guid.CreateVersion7();
        var deployment = new Deployment(
            await servers.RabbitMq.CreateVirtualHostAsync(Cancellation), database, await servers.Redis.CreateDatabaseAsync(), merchant, id);
        await deployment.AddMerchantsAsync([id], merchant);
        return deployment;
    }

    /// <summary>Adds merchants.</summary>
    /// <param name="count">How many.</param>
    /// <param name="server">Their web server; null for that of the first merchant.</param>
    public async Task<IReadOnlyList<Guid>> AddMerchantsAsync(int count, CountingMerchant? server = null)
    {
        if (server is not null)
        {
            Settings["WEBHOOK_ALLOWED_PORTS"] += FormattableString.Invariant($",{server.Port}");
        }

        Guid[] ids = [.. Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7())];
        await AddMerchantsAsync(ids, server ?? Merchant);
        return ids;
    }

    /// <summary>
    /// Lets retries wait that are due, of one merchant after the other and round again, as if the first attempt of each had failed. What comes
    /// first is due first.
    /// </summary>
    /// <returns>The deliveries of each merchant, the soonest first.</returns>
    public async Task<IReadOnlyDictionary<Guid, IReadOnlyList<Guid>>> LetRetriesWaitAsync(IReadOnlyList<Guid> merchants, int each)
    {
        (Guid Id, Guid Merchant)[] deliveries =
            [.. Enumerable.Range(0, each).SelectMany(_ => merchants).Select(merchant => (Guid.CreateVersion7(), merchant))];
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync(Cancellation);
        // All or nothing: the workers see them at once.
        await using var command = new NpgsqlCommand(
            $"""
            insert into job_runs (
                job_id, run_id, started_at, duration_ms, attempt, state, round, job_type, queue, reason, status_code, merchant_id, event)
            select id, gen_random_uuid(), now() - interval '1 minute', 1, 1, {(int)JobState.Retrying}, 0, 'webhook:delivery', 'webhooks',
                'status', 500, merchant::text, 'payment.completed'
            from unnest(@ids, @merchants) as delivery (id, merchant);
            insert into waiting_webhooks (
                delivery_id, merchant_id, due_at, waits_since, enqueued_at, attempt, round, reason, faults, is_redelivered, event, message)
            select id, merchant, now() - interval '1 minute' + n * interval '1 millisecond', now(), now() - interval '1 minute',
                2, 0, {(int)WaitReason.Retry}, 0, false, 'payment.completed',
                convert_to(json_build_object('delivery_id', id, 'merchant_id', merchant, 'event', 'payment.completed',
                    'payload', json_build_object('n', n), 'attempt', 1)::text, 'UTF8')
            from unnest(@ids, @merchants) with ordinality as delivery (id, merchant, n);
            insert into waiting_merchants (merchant_id, next_at, rank)
            select merchant, now(), 0 from unnest(@merchants) as merchant group by merchant
            on conflict (merchant_id) do update set next_at = excluded.next_at
            """,
            connection);
        command.Parameters.AddWithValue("ids", deliveries.Select(delivery => delivery.Id).ToArray());
        command.Parameters.AddWithValue("merchants", deliveries.Select(delivery => delivery.Merchant).ToArray());
        await command.ExecuteNonQueryAsync(Cancellation);
        return deliveries.GroupBy(delivery => delivery.Merchant)
            .ToDictionary(of => of.Key, IReadOnlyList<Guid> (of) => [.. of.Select(delivery => delivery.Id)]);
    }

    /// <summary>Lets the workers write to the database or not, as a server that has become a standby does not. Their connections are closed.</summary>
    public Task TakesWritesAsync(bool takesWrites) => ExecuteAsync(
        $"""
        alter database "{Database.Name}" set default_transaction_read_only = {(takesWrites ? "off" : "on")};
        select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and not {(takesWrites ? "true" : "false")}
        """);

    /// <summary>
    /// Lets a standby take over: the server takes no more writes, the standby has all of them and is promoted. The connections to the first one
    /// stay open. The test itself asks the new one from now on.
    /// </summary>
    /// <param name="standby">The port of the standby.</param>
    public async Task FailOverAsync(int standby)
    {
        await ExecuteAsync("alter system set default_transaction_read_only = on");
        await QueryAsync("select pg_reload_conf()::int::bigint");
        await Eventually.Read(
            () => QueryAsync("select count(*) from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid()"), writing => writing == 0, "Nobody writes");
        var end = await QueryAsync("select (pg_current_wal_lsn() - '0/0')::bigint");
        _connectionString = new NpgsqlConnectionStringBuilder(_connectionString) { Port = standby }.ConnectionString;
        await Eventually.Read(() => QueryAsync("select (pg_last_wal_replay_lsn() - '0/0')::bigint"), replayed => replayed >= end, "The standby has it all");
        Assert.Equal(1, await QueryAsync("select pg_promote()::int::bigint"));
    }

    /// <summary>Names a standby, beside the server that it follows, to the workers that are started from now on.</summary>
    /// <param name="standby">The port of the standby.</param>
    public void UseStandby(int standby)
    {
        var server = Database.Server;
        Settings["DB_HOST"] = FormattableString.Invariant($"{server.Host}:{server.Port},{server.Host}:{standby}");
    }

    /// <summary>Starts sentinels that watch Redis, which has a replica. The workers that are started from now on ask them for the primary.</summary>
    public async Task UseSentinelsAsync()
    {
        var sentinels = await Redis.Server.StartSentinelsAsync(Cancellation);
        Settings["REDIS_HOST"] = string.Join(',', sentinels.Select(port => FormattableString.Invariant($"{Redis.Server.Host}:{port}")));
        Settings["REDIS_SENTINEL_MASTER"] = "payments";
    }

    /// <summary>Another service of the gateway that publishes.</summary>
    public DeliveryPublisher NewPublisher(Guid merchantId) => new(_virtualHost, merchantId);

    /// <summary>Removes all that RabbitMQ has of this gateway: queues, exchanges, messages. Connections are closed.</summary>
    public Task LoseRabbitMqAsync() => _virtualHost.EmptyAsync(Cancellation);

    /// <summary>Returns when each worker counts all of them, so that it knows how much a merchant may have on the road.</summary>
    public async Task WaitUntilWorkersKnowEachOtherAsync()
    {
        var count = _workers.Count(worker => !worker.HasExited);
        await Eventually.Read(() => QueryAsync("select count(*) from workers"), alive => alive == count, $"{count} workers");
        var all = await QueryAsync("select (extract(epoch from now()) * 1000000)::bigint");
        await Eventually.Read(
            () => QueryAsync($"select count(*) from workers where seen_at > to_timestamp({all} / 1000000.0)"),
            signs => signs == count,
            "A sign of life of each");
    }

    /// <summary>Starts a worker and waits until it is ready.</summary>
    /// <param name="overrides">Variables of this worker alone.</param>
    public async Task<WorkerProcess> StartWorkerAsync(params (string Name, string Value)[] overrides)
    {
        return Keep(await WorkerProcess.StartAsync(SettingsWith(overrides)));
    }

    /// <summary>Starts a worker that has so much memory, and waits until it is ready.</summary>
    public async Task<WorkerProcess> StartWorkerAsync(MemoryCgroup cgroup) =>
        Keep(await WorkerProcess.StartAsync(new WorkerStart(Settings) { Cgroup = cgroup }));

    /// <summary>Starts a worker and waits for nothing.</summary>
    /// <param name="overrides">Variables of this worker alone.</param>
    public WorkerProcess LaunchWorker(params (string Name, string Value)[] overrides)
    {
        return Keep(WorkerProcess.Launch(SettingsWith(overrides)));
    }

    /// <summary>Starts a worker from a folder of its own and waits until it is ready.</summary>
    public async Task<WorkerProcess> StartWorkerFromAsync(string folder) =>
        Keep(await WorkerProcess.StartAsync(new WorkerStart(Settings) { Assembly = Path.Combine(folder, "Gateway.Worker.dll") }));

    /// <summary>All rows of the job log, the oldest first.</summary>
    public Task<IReadOnlyList<RecordedRun>> ReadRunsAsync() => _questions.AskAsync<IReadOnlyList<RecordedRun>>(
        _connectionString,
        async connection =>
        {
            await using var command = new NpgsqlCommand("select job_id, attempt, state, reason from job_runs order by started_at, run_id", connection);
            await using var reader = await command.ExecuteReaderAsync(Cancellation);
            var runs = new List<RecordedRun>();
            while (await reader.ReadAsync(Cancellation))
            {
                runs.Add(new RecordedRun(
                    reader.GetGuid(0), reader.GetInt32(1), (JobState)reader.GetInt16(2), await reader.IsDBNullAsync(3, Cancellation) ? null : reader.GetString(3)));
            }

            return runs;
        },
        Cancellation);

    /// <summary>Returns the job log when as many deliveries as expected have a row that ends them: succeeded or dead.</summary>
    public async Task<IReadOnlyList<RecordedRun>> WaitUntilEndedAsync(int deliveries)
    {
        await Eventually.Read(
            async () => await QueryAsync($"select count(distinct job_id) from job_runs where state in ({(int)JobState.Succeeded}, {(int)JobState.Dead})"),
            ended => ended >= deliveries,
            $"The end of {deliveries} deliveries");
        return await ReadRunsAsync();
    }

    /// <summary>Returns when the job log has as many rows.</summary>
    public Task WaitUntilRowsAsync(int rows) =>
        Eventually.Read(() => QueryAsync("select count(*) from job_runs"), count => count >= rows, $"{rows} rows in the job log");

    /// <summary>Returns when so many webhooks wait for their next attempt, on the road or not.</summary>
    public Task WaitUntilWaitingAsync(int webhooks) =>
        Eventually.Read(() => QueryAsync("select count(*) from waiting_webhooks"), count => count == webhooks, $"{webhooks} webhooks that wait");

    /// <summary>Returns when so many webhooks are on the road out of the waiting room.</summary>
    public Task WaitUntilLeasesAsync(int leases) =>
        Eventually.Catch(() => QueryAsync("select count(*) from waiting_leases"), count => count == leases, $"{leases} webhooks on the road");

    /// <summary>Returns when there are as many dead letters.</summary>
    public Task WaitUntilDeadLettersAsync(int letters, DeadLetterState state = DeadLetterState.Dead) =>
        Eventually.Read(() => QueryAsync($"select count(*) from dead_letters where state = {(int)state}"), count => count == letters, $"{letters} letters that are {state}");

    /// <summary>Returns when so many messages are ready in a queue.</summary>
    public Task WaitUntilMessagesAsync(string queue, uint messages) => Eventually.Read(
        async () => (await Publisher.CountMessagesAsync([queue], Cancellation)).GetValueOrDefault(queue), count => count >= messages, $"{messages} messages in {queue}");

    /// <summary>Returns when the workers have so many messages of a queue that they have not acknowledged, and nothing else is in it.</summary>
    public Task WaitUntilInHandAsync(string queue, int messages) => Eventually.Read(
        async () =>
        {
            var found = await _virtualHost.Server.Management.GetFromJsonAsync<JsonObject>(
                $"api/queues/{_virtualHost.Name}/{queue}?columns=messages_unacknowledged,messages_ready", Cancellation);
            return ((int?)found!["messages_ready"], (int?)found["messages_unacknowledged"]);
        },
        found => found == (0, messages),
        $"{messages} messages of {queue} in hand");

    /// <summary>Returns when no worker takes messages from a queue any more.</summary>
    public Task WaitUntilNobodyConsumesAsync(string queue) => Eventually.Read(
        () => Publisher.CountConsumersAsync(queue, Cancellation), consumers => consumers == 0, $"No consumer of {queue}");

    /// <summary>Returns when nothing is ready in a queue.</summary>
    public Task WaitUntilEmptyAsync(string queue) => Eventually.Read(
        () => Publisher.CountMessagesAsync([queue], Cancellation), counts => counts.Count == 0, $"Nothing in {queue}");

    /// <summary>The names of the connections of the workers' buses, which the broker tells some seconds after they were opened.</summary>
    public async Task<IReadOnlyList<string>> WaitUntilConnectedAsync() => await Eventually.Read(
        async () => (await _virtualHost.Server.Management.GetFromJsonAsync<JsonArray>($"api/vhosts/{_virtualHost.Name}/connections", Cancellation))!
            .Where(connection => (string?)connection!["user_provided_name"] == "Gateway.Worker").Select(connection => (string)connection!["name"]!).ToArray(),
        names => names.Length > 0,
        "The connection of a bus");

    /// <summary>Has the broker close connections, as an operator would.</summary>
    public async Task CloseConnectionsAsync(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            using var answer = await _virtualHost.Server.Management.DeleteAsync($"api/connections/{Uri.EscapeDataString(name)}", Cancellation);
            answer.EnsureSuccessStatusCode();
        }
    }

    /// <summary>Returns when Redis knows the outcome of a delivery's attempt, so that a worker that dies now does not make it again.</summary>
    /// <param name="deliveryId">The delivery.</param>
    /// <param name="attempt">The number of the attempt, from 1.</param>
    public async Task WaitUntilOutcomeIsKnownAsync(Guid deliveryId, int attempt = 1)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(Redis.ConnectionString);
        var register = redis.GetDatabase();
        await Eventually.Read(
            async () => (string?)await register.StringGetAsync($"gateway:delivery:{deliveryId:N}:{MerchantId:N}"),
            value => value is not null && AttemptRecord.Parse(value)?.Attempt == attempt,
            "The outcome in the register");
    }

    /// <summary>
    /// Stops the workers that still run, in good order, and counts what is in any queue then: nothing is left when every message
    /// was dealt with. What tells of the last attempts may be returned to its queue by the stop, which is its right; more workers deal with it.
    /// </summary>
    /// <returns>The queues that are not empty, with the number of their messages.</returns>
    public async Task<IReadOnlyDictionary<string, uint>> StopAndCountAsync()
    {
        var left = await StopAndCountOnceAsync();
        for (var more = 0; more < 5 && left.ContainsKey(QueueNames.WebhookAttempts); more++)
        {
            await StartWorkerAsync();
            await WaitUntilEmptyAsync(QueueNames.WebhookAttempts);
            left = await StopAndCountOnceAsync();
        }

        return left;
    }

    /// <summary>Stops the workers, and looks at how often a delivery was posted and what was recorded of it.</summary>
    public async Task AssertRunsAsync(Guid id, int posts, params (int Attempt, JobState State)[] expected)
    {
        Assert.Empty(await StopAndCountAsync());
        Assert.Equal(posts, Merchant.Posts[id]);
        Assert.Equal(expected, (await ReadRunsAsync()).Where(run => run.JobId == id).Select(run => (run.Attempt, run.State)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(worker.Output);

            await worker.DisposeAsync();
        }

        await Publisher.DisposeAsync();
        await Merchant.DisposeAsync();
        await _virtualHost.DisposeAsync();
        await _questions.DisposeAsync();
        await Database.DisposeAsync();
        Redis.Dispose();
    }

    private Dictionary<string, string> SettingsWith((string Name, string Value)[] overrides) =>
        Settings.With(overrides.Select(variable => KeyValuePair.Create(variable.Name, variable.Value)));

    /// <summary>Asks the database for a number.</summary>
    public Task<long> QueryAsync(string sql) => _questions.AskAsync(
        _connectionString,
        async connection =>
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return (long)(await command.ExecuteScalarAsync(Cancellation))!;
        },
        Cancellation);

    /// <summary>Empties the register and the sagas.</summary>
    public async Task FlushRedisAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{Redis.ConnectionString},allowAdmin=true");
        await redis.GetServers().Single().FlushDatabaseAsync(Redis.Number);
    }

    /// <summary>An operator's client of a worker's API.</summary>
    public async Task<HttpClient> OpenApiAsync(WorkerProcess worker) => new()
    {
        BaseAddress = await worker.Address,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", _virtualHost.Name) },
    };

    /// <summary>Has an operator <c>pause</c> or <c>resume</c> a queue.</summary>
    public static async Task TellAsync(HttpClient api, string queue, string what)
    {
        using var answer = await api.PostAsync(new Uri($"/api/queues/{queue}/{what}", UriKind.Relative), null, Cancellation);
        answer.EnsureSuccessStatusCode();
    }

    private async Task<IReadOnlyDictionary<string, uint>> StopAndCountOnceAsync()
    {
        foreach (var worker in _workers.Where(worker => !worker.HasExited))
        {
            Assert.Equal(0, await worker.StopAsync());
        }

        return await Publisher.CountAllMessagesAsync(Cancellation);
    }

    private WorkerProcess Keep(WorkerProcess worker)
    {
        _workers.Add(worker);
        return worker;
    }

    /// <summary>Changes something in the database behind the workers' backs.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private async Task AddMerchantsAsync(Guid[] ids, CountingMerchant server)
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(
            """
            insert into merchants (id, email, business_name, owner_full_name, webhook_url, webhook_secret, status, created_at, updated_at)
            select id, id || '@example.com', 'Example', 'Owner', @url, @secret, 'active', now(), now() from unnest(@ids) as id
            """,
            connection);
        command.Parameters.AddWithValue("ids", ids);
        command.Parameters.AddWithValue("url", server.Url.ToString());
        command.Parameters.AddWithValue("secret", $"whsec_{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}");
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
