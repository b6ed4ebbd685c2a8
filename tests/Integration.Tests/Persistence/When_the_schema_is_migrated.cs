using Gateway.Persistence;
using Gateway.Persistence.Endpoints;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

/// <summary>What trials found (docs/faults.md: A15, B6, D11, E3).</summary>
public sealed class When_the_schema_is_migrated(TestServers servers) : IAsyncLifetime
{
    private PostgresDatabase _database = null!;
    private ServiceProvider _services = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private GatewaySchema Schema => _services.GetRequiredService<GatewaySchema>();

    public async ValueTask InitializeAsync()
    {
        // The business time zone, so that a time which depends on the session would show.
        _database = await servers.Postgres.CreateDatabaseAsync(Cancellation, timeZone: "Asia/Ho_Chi_Minh");
        _services = new ServiceCollection().AddLogging().AddGatewayPostgres(_database.ConnectionString).BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Should_create_everything_on_an_empty_database()
    {
        Assert.Contains(new MissingPart("table payments", IsGateways: false), await Schema.FindMissingAsync(Cancellation));

        await Schema.MigrateAsync(Cancellation);

        Assert.Empty(await Schema.FindMissingAsync(Cancellation));
        Assert.Equal(
            [
                "bulk_jobs", "data_protection_keys", "dead_letters", "job_counts", "job_runs", "kept_webhooks", "merchant_counts", "merchants", "operator_actions", "outbox_messages",
                "payments", "payouts", "queue_pauses", "schedule_settings", "settlement_reports", "unreadable_wallets", "waiting_leases", "waiting_merchants",
                "waiting_webhooks", "wallet_balance_snapshots", "wallet_states", "webhook_endpoints", "worker_migrations",
                "workers"
            ],
            await _database.QueryAsync("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1"));
    }

    [Fact]
    public async Task Should_create_every_column_as_it_is_mapped()
    {
        await Schema.MigrateAsync(Cancellation);

        await using var db = await _services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
        var mapped = db.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties().Select(property =>
            $"{entity.GetTableName()}.{property.GetColumnName()} {property.GetColumnType()} {(property.IsColumnNullable() ? "null" : "not null")}"));
        var created = await _database.QueryAsync(
            """
            select format('%s.%s %s %s', relname, attname, format_type(atttypid, atttypmod), case when attnotnull then 'not null' else 'null' end)
            from pg_class join pg_attribute on attrelid = pg_class.oid
            where relkind = 'r' and relnamespace = 'public'::regnamespace and attnum > 0 and relname <> 'worker_migrations'
            """);

        Assert.Equal(mapped.Order(), created.Order());
    }

    [Fact]
    public async Task Should_create_the_rules_of_the_gateways_tables()
    {
        await Schema.MigrateAsync(Cancellation);
        await _database.ExecuteAsync(
            """
            insert into merchants (id, email, business_name, owner_full_name, created_at, updated_at)
            values ('01890000-0000-7000-8000-000000000001', 'a@merchant.example', 'a', 'a', '2026-01-01', '2026-01-01');
            update merchants set business_name = 'b';
            """);

        Assert.Equal(["pending tier1 active True"], await _database.QueryAsync(
            "select format('%s %s %s ', kyc_status, kyc_tier, status) || case when abs(extract(epoch from updated_at - now() at time zone 'utc')) < 60 then 'True' else updated_at::text end from merchants"));
        await RefusesAsync(
            PostgresErrorCodes.UniqueViolation,
            "insert into merchants (id, email, business_name, owner_full_name, created_at, updated_at) select gen_random_uuid(), email, 'a', 'a', now(), now() from merchants");
        await RefusesAsync(PostgresErrorCodes.CheckViolation, Payment("0", "1"));
        await RefusesAsync(PostgresErrorCodes.CheckViolation, Payment("1", "0"));
        await RefusesAsync(PostgresErrorCodes.ForeignKeyViolation, Payment("1", "1").Replace("000000000001'", "000000000002'", StringComparison.Ordinal));
        await RefusesAsync(
            PostgresErrorCodes.CheckViolation,
            "insert into payouts values (gen_random_uuid(), '01890000-0000-7000-8000-000000000001', 10, 1, 10, 'n', '1', 'b', 'requested', gen_random_uuid(), null, null, null, null, null, 0, null, now(), now())");
        await RefusesAsync(
            PostgresErrorCodes.CheckViolation,
            "insert into wallet_balance_snapshots (id, chain, network, wallet_address, native_currency, min_threshold_usd, max_threshold_usd, snapshot_at, created_at) values (gen_random_uuid(), 'bsc', 'mainnet', '0x', 'BNB', 5, 5, now(), now())");
    }

    /// <summary>Each worker looks for it every few seconds, and there are a hundred thousand a year.</summary>
    [Fact]
    public async Task Should_find_the_last_snapshot_of_a_wallet_through_an_index()
    {
        await Schema.MigrateAsync(Cancellation);

        Assert.Contains("(chain, network, wallet_address, snapshot_at)", string.Join('\n', await _database.QueryAsync(
            "select indexdef from pg_indexes where tablename = 'wallet_balance_snapshots'")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_leave_the_gateways_own_tables_as_they_are()
    {
        await _database.ExecuteAsync(GatewaysOwnSchema.Merchants + GatewaysOwnSchema.Others);
        var before = await _database.QueryAsync(GatewaysOwnSchema.Description);

        await Schema.MigrateAsync(Cancellation);

        // The worker's own tables are not described, but the one function among them is.
        var after = await _database.QueryAsync(GatewaysOwnSchema.Description);
        Assert.Equal(before, after.Where(line => !line.StartsWith("function notify_outbox_messages ", StringComparison.Ordinal)));
        Assert.Empty(await Schema.FindMissingAsync(Cancellation));
        Assert.NotNull(await _services.GetRequiredService<EndpointStore>().FindAsync("01890000-0000-7000-8000-000000000001", Cancellation));
    }

    // Until now the snapshots were the memory of what was told.
    [Fact]
    public async Task Should_remember_what_was_told_of_a_wallet()
    {
        await _database.ExecuteAsync(
            GatewaysOwnSchema.Merchants + GatewaysOwnSchema.Others +
            """
            insert into wallet_balance_snapshots (id, chain, network, wallet_address, native_currency, is_below_min_threshold, is_above_max_threshold,
                alert_sent, alert_sent_at, snapshot_at, created_at)
            select gen_random_uuid(), 'bsc', 'mainnet', address, 'BNB', below, above, sent_at is not null, sent_at, at, at
            from (values
                ('0x1', true, false, '2026-11-01 08:00Z'::timestamptz, '2026-11-01 08:00Z'::timestamptz),
                ('0x1', true, false, null, '2026-11-01 09:00Z'),
                ('0x2', false, true, '2026-11-01 08:00Z', '2026-11-01 08:00Z'),
                ('0x2', false, false, null, '2026-11-01 09:00Z'),
                ('0x3', false, false, null, '2026-11-01 09:00Z')) as snapshot (address, below, above, sent_at, at)
            """);

        await Schema.MigrateAsync(Cancellation);

        Assert.Equal(
            ["0x1 Below 09:00 Below 08:00", "0x2 Inside 09:00 Above 08:00", "0x3 Inside 09:00 Inside "],
            await _database.QueryAsync(
                """
                select format('%s %s %s %s %s', wallet_address, published_range, to_char(published_at at time zone 'utc', 'HH24:MI'),
                    mailed_range, to_char(mailed_at at time zone 'utc', 'HH24:MI'))
                from wallet_states order by 1
                """));
    }

    // The gateway's migrations would find them in their way.
    [Fact]
    public async Task Should_leave_the_gateways_other_tables_to_the_gateway()
    {
        await _database.ExecuteAsync(GatewaysOwnSchema.Merchants);
        const string ofMerchants = $"select line from ({GatewaysOwnSchema.Description}) described where line ~ 'merchants' and line !~ 'payments|payouts'";
        var before = await _database.QueryAsync(ofMerchants);

        await Schema.MigrateAsync(Cancellation);

        Assert.Equal(before, await _database.QueryAsync(ofMerchants));
        Assert.Equal(
            [
                new MissingPart("table payments", IsGateways: true),
                new MissingPart("table payouts", IsGateways: true),
                new MissingPart("table wallet_balance_snapshots", IsGateways: true),
            ],
            (await Schema.FindMissingAsync(Cancellation)).OrderBy(part => part.What));
    }

    [Fact]
    public async Task Should_change_nothing_the_second_time()
    {
        await Schema.MigrateAsync(Cancellation);
        var before = await _database.QueryAsync(GatewaysOwnSchema.Description);

        await Schema.MigrateAsync(Cancellation);

        Assert.Equal(before, await _database.QueryAsync(GatewaysOwnSchema.Description));
    }

    [Fact]
    public async Task Should_bear_several_workers_that_start_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Schema.MigrateAsync(Cancellation), Cancellation)));

        Assert.Empty(await Schema.FindMissingAsync(Cancellation));
        Assert.Equal(["20261201000000_GatewayTables", "20261201000100_OwnTables"], await _database.QueryAsync("select migration_id from worker_migrations order by 1"));
    }

    [Fact]
    public async Task Should_not_keep_another_worker_waiting_after_a_failure()
    {
        await _database.ExecuteAsync("create table job_runs (someone_elses integer)");
        await Assert.ThrowsAsync<PostgresException>(() => Schema.MigrateAsync(Cancellation));
        await _database.ExecuteAsync("drop table job_runs");

        await using var other = new ServiceCollection().AddLogging().AddGatewayPostgres(_database.ConnectionString).BuildServiceProvider();
        await other.GetRequiredService<GatewaySchema>().MigrateAsync(Cancellation);

        Assert.Empty(await Schema.FindMissingAsync(Cancellation));
    }

    // A session's lock stays behind where connections are shared, and a wait that says nothing looks like a hang.
    [Fact]
    public async Task Should_say_for_whom_it_waits()
    {
        await using var other = new NpgsqlConnection($"{_database.ConnectionString};Application Name=other migration");
        await other.OpenAsync(Cancellation);
        await using var turn = await other.BeginTransactionAsync(Cancellation);
        await using var hold = new NpgsqlCommand("select pg_advisory_xact_lock(hashtext('worker_migrations'))", other, turn);
        await hold.ExecuteNonQueryAsync(Cancellation);
        var told = new TaskCompletionSource<MigrationWait>();

        var migration = Schema.MigrateAsync(Cancellation, wait => told.TrySetResult(wait));

        var holder = Assert.Single((await told.Task.WaitAsync(Eventually.Patience, Cancellation)).Holders);
        Assert.Equal((other.ProcessID, "other migration"), (holder.ProcessId, holder.Application));
        Assert.False(migration.IsCompleted);
        await turn.RollbackAsync(Cancellation);
        await migration;
        Assert.Empty(await Schema.FindMissingAsync(Cancellation));
        Assert.Equal(["0"], await _database.QueryAsync(
            """
            select count(*)::text from pg_locks
            where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
            """));
    }

    [Fact]
    public async Task Should_leave_the_tables_of_a_preview_until_somebody_moves_them_away()
    {
        await Schema.MigrateAsync(Cancellation);
        await _database.ExecuteAsync(
            $"""
            drop table bulk_jobs, job_counts, merchant_counts, data_protection_keys;
            update worker_migrations set migration_id = '20261123000000_GatewayTables' where migration_id like '%GatewayTables';
            update worker_migrations set migration_id = '20261130000200_WalletStates' where migration_id like '%OwnTables';
            {Record}
            """);

        var asked = await Assert.ThrowsAsync<PreviewDatabaseException>(() => Schema.FindMissingAsync(Cancellation));
        var migrated = await Assert.ThrowsAsync<PreviewDatabaseException>(() => Schema.MigrateAsync(Cancellation));

        Assert.Contains("20261130000200_WalletStates", migrated.Message, StringComparison.Ordinal);
        Assert.Contains("docs/database.md", migrated.Message, StringComparison.Ordinal);
        Assert.Equal(asked.Message, migrated.Message);
        Assert.Equal(["1"], await _database.QueryAsync("select count(*)::text from job_runs"));

        await _database.ExecuteAsync(Documented());
        await Schema.MigrateAsync(Cancellation);

        Assert.Empty(await Schema.FindMissingAsync(Cancellation));
        Assert.Equal(["0 1"], await _database.QueryAsync(
            "select (select count(*) from job_runs) || ' ' || (select count(*) from worker_preview.job_runs)"));

        static string Documented()
        {
            var page = File.ReadAllText(Repository.PathOf("docs/database.md"));
            var section = page[page.IndexOf("## Tables of a preview", StringComparison.Ordinal)..];
            return section.Split("```sql")[1].Split("```")[0];
        }
    }

    [Fact]
    public async Task Should_tell_which_column_an_older_gateway_does_not_have()
    {
        await _database.ExecuteAsync(GatewaysOwnSchema.Merchants + GatewaysOwnSchema.Others + "alter table merchants drop column webhook_events");
        await Schema.MigrateAsync(Cancellation);

        Assert.Equal([new MissingPart("column merchants.webhook_events text[]", IsGateways: true)], await Schema.FindMissingAsync(Cancellation));
    }

    [Fact]
    public async Task Should_tell_which_migration_has_not_run()
    {
        await Schema.MigrateAsync(Cancellation);
        await _database.ExecuteAsync("delete from worker_migrations where migration_id like '%OwnTables'; drop table job_runs");

        Assert.Equal(
            [new MissingPart("migration 20261201000100_OwnTables", IsGateways: false), new MissingPart("table job_runs", IsGateways: false)],
            await Schema.FindMissingAsync(Cancellation));
    }

    [Fact]
    public async Task Should_find_the_latest_jobs_through_the_indexes()
    {
        await Schema.MigrateAsync(Cancellation);
        await _database.ExecuteAsync(
            """
            insert into job_runs (job_id, run_id, started_at, duration_ms, attempt, state, job_type, queue, merchant_id)
            select gen_random_uuid(), gen_random_uuid(), now() - i * interval '1 second', 1, 1, case when i % 100 = 0 then 3 else 1 end, 'webhook:delivery', 'webhooks', 'm-' || i % 500
            from generate_series(1, 50000) i;
            analyze job_runs;
            """);

        var newest = await PlanAsync(runs => runs);
        var dead = await PlanAsync(runs => runs.Where(run => run.MerchantId == "m-100" && run.State == JobState.Dead && run.State != JobState.Succeeded));

        Assert.Contains("ix_job_runs_started_at", newest, StringComparison.Ordinal);
        Assert.Contains("pk_job_runs", newest, StringComparison.Ordinal);
        Assert.Contains("ix_job_runs_merchant_id_started_at", dead, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", newest + dead, StringComparison.Ordinal);

        async Task<string> PlanAsync(Func<IQueryable<JobRun>, IQueryable<JobRun>> narrow)
        {
            await using var db = await _services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
            var query = narrow(JobHistory.LatestRuns(db)).OrderByDescending(run => run.StartedAt).ThenByDescending(run => run.RunId).Take(50);
            return string.Join('\n', await _database.QueryAsync($"explain {query.ToQueryString().Replace("@p", "50", StringComparison.Ordinal)}"));
        }
    }

    private const string Record =
        """
        insert into job_runs (job_id, run_id, started_at, duration_ms, attempt, state, job_type, queue)
        values (gen_random_uuid(), gen_random_uuid(), now(), 1, 1, 1, 'webhook:delivery', 'webhooks')
        """;

    private static string Payment(string amountVnd, string amountCrypto) =>
        $"""
        insert into payments (id, merchant_id, amount_vnd, amount_crypto, currency, chain, exchange_rate, payment_reference, destination_wallet, expires_at, created_at, updated_at)
        values (gen_random_uuid(), '01890000-0000-7000-8000-000000000001', {amountVnd}, {amountCrypto}, 'USDT', 'bsc', 1, 'r', 'w', now(), now(), now())
        """;

    private async Task RefusesAsync(string sqlState, string sql)
    {
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => _database.ExecuteAsync(sql));
        Assert.Equal(sqlState, refusal.SqlState);
    }
}
