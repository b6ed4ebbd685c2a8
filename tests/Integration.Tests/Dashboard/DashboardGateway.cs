using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Integration.Tests.Survival;
using Gateway.Integration.Tests.Wallets;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

/// <summary>
/// A worker on real servers with something of everything: webhooks that were delivered, that wait, and that were given up, of merchants whose
/// names and answers are as bad as strangers write them.
/// </summary>
public sealed class DashboardGateway(TestServers servers) : IAsyncLifetime
{
    public const string ViewersKey = "the key of somebody who may look";
    public const string OperatorsKey = "the key of somebody who may change things";

    /// <summary>Markup, a mark that turns the direction, and quotes.</summary>
    public const string HostileName = "<script>alert('name')</script> \u202eshop\u202c \"& Söhne\"";

    /// <summary>The same from a merchant's server, with a control character.</summary>
    public const string HostileAnswer = "<img src=x onerror=alert('answer')> \u0001 \u202eend";

    private RpcServer _chain = null!;
    private Deployment _gateway = null!;

    public Deployment Gateway => _gateway;

    public Uri Site { get; private set; } = null!;

    /// <summary>An operator's client of the API.</summary>
    public HttpClient Api { get; private set; } = null!;

    /// <summary>A webhook that was delivered at once.</summary>
    public Guid Delivered { get; private set; }

    /// <summary>Webhooks that were given up.</summary>
    public IReadOnlyList<Guid> Dead { get; private set; } = [];

    /// <summary>A merchant of whom three webhooks wait for an hour; a test may release and cancel them.</summary>
    public Guid Waiter { get; private set; }

    /// <summary>One of <see cref="Waiter"/>'s webhooks, with two attempts and a hostile answer.</summary>
    public Guid Waits { get; } = Guid.CreateVersion7();

    /// <summary>A webhook like it, of a merchant whose webhooks every test leaves where they are.</summary>
    public Guid Stays { get; } = Guid.CreateVersion7();

    /// <summary>A payment of which one webhook was delivered at once and another at the second attempt.</summary>
    public Guid Payment { get; } = Guid.CreateVersion7();

    /// <summary>The second of them.</summary>
    public Guid Retried { get; } = Guid.CreateVersion7();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _gateway = await Deployment.CreateAsync(servers);
        _gateway.Settings["OPS_API_KEYS"] += $",{Entry("eve", "viewer", ViewersKey)},{Entry("ann", "operator", OperatorsKey)}";
        _gateway.Settings["WEBHOOK_RETRY_DELAYS"] = "200ms";
        _gateway.Settings["WEBHOOK_KEEP_PAYLOADS"] = "all";
        _gateway.Settings["PAYMENT_EXPIRY_ENABLED"] = "true";
        _gateway.Settings["TRACE_URL"] = "http://127.0.0.1:16686/trace/{trace_id}";
        _chain = await RpcServer.StartAsync();
        _chain.Holds((WalletsDatabase.UsdtMint, 5_250_000_000));
        _gateway.Settings["SOLANA_NETWORK"] = "mainnet";
        _gateway.Settings["SOLANA_WALLET_ADDRESS"] = WalletsDatabase.SolanaWallet;
        _gateway.Settings["SOLANA_RPC_URL"] = _chain.Url.ToString();
        await _gateway.ExecuteAsync($"update merchants set business_name = {Quoted(HostileName)}");
        var merchants = await _gateway.AddMerchantsAsync(2);
        Waiter = merchants[0];
        var bad = new HashSet<Guid>();
        _gateway.Merchant.Answer = (id, post) => bad.Contains(id) || (id == Retried && post == 1) ? 500 : 200;
        var worker = await _gateway.StartWorkerAsync();
        Site = await worker.Address;
        Api = await _gateway.OpenApiAsync(worker);

        Delivered = await PublishAsync(Guid.CreateVersion7(), Guid.CreateVersion7());
        Dead = [.. Enumerable.Range(0, 4).Select(_ => Guid.CreateVersion7())];
        bad.UnionWith(Dead);
        foreach (var id in Dead)
        {
            await PublishAsync(id, Guid.CreateVersion7());
        }

        await AddPaymentAsync();
        await PublishAsync(Guid.CreateVersion7(), Payment);
        await PublishAsync(Retried, Payment);
        await LetWalletBeReadAsync();

        await LetWaitAsync(Waiter, Waits);
        await LetWaitAsync(merchants[1], Stays);
        await Reach(Delivered, "succeeded");
        await Reach(Retried, "succeeded");
        foreach (var id in Dead)
        {
            await Reach(id, "dead");
        }

        await Eventually.Read(
            () => JsonAsync("/api/dead-letters"), page => page.GetProperty("dead_letters").GetArrayLength() == Dead.Count, "the dead letters");
        // From now on its server is well again, so that what is sent again arrives.
        _gateway.Merchant.Answer = (_, _) => 200;
    }

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        if (_chain is not null)
        {
            await _chain.DisposeAsync();
        }
    }

    /// <summary>What a viewer's request is answered with.</summary>
    public async Task<HttpStatusCode> AskAsViewerAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Headers = { Authorization = new("Bearer", ViewersKey) } };
        using var answer = await Api.SendAsync(request, Cancellation);
        return answer.StatusCode;
    }

    /// <summary>Reads the API.</summary>
    public async Task<JsonElement> JsonAsync(string path) => await Api.GetFromJsonAsync<JsonElement>(path, Cancellation);

    /// <summary>Returns when the trail has a change of somebody's, with what came of it.</summary>
    public Task HasTrailAsync(string @operator, string action, int status) => Eventually.Read(
        () => _gateway.QueryAsync(
            $"select count(*) from operator_actions where operator = '{@operator}' and action = '{action}' and status_code = {status} and address = '127.0.0.1'"),
        rows => rows > 0,
        $"{action} of {@operator} in the trail with {status}");

    /// <summary>What a webhook is about.</summary>
    public async Task<string> ReferenceOfAsync(Guid job) =>
        (await JsonAsync("/api/jobs?type=webhook:delivery")).GetProperty("jobs").EnumerateArray()
            .Single(found => found.GetProperty("job_id").GetGuid() == job).GetProperty("reference").GetString()!;

    public Task Reach(Guid job, string state) => Eventually.Read(
        async () =>
        {
            using var answer = await Api.GetAsync($"/api/jobs/{job}", Cancellation);
            return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("state").GetString() : null;
        },
        now => now == state,
        $"job {job} to be {state}");

    /// <summary>A key as <c>OPS_API_KEYS</c> has it.</summary>
    public static string Entry(string name, string role, string key) =>
        $"{name}:{role}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}";

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    // Completed yesterday, so that the report of that day has something to tell.
    private Task AddPaymentAsync() => _gateway.ExecuteAsync(
        $"""
        insert into payments (id, merchant_id, amount_vnd, amount_crypto, currency, chain, exchange_rate, order_id, status, payment_reference,
            destination_wallet, tx_hash, expires_at, paid_at, confirmed_at, fee_vnd, created_at, updated_at)
        values ('{Payment}', '{_gateway.MerchantId}', 650000.50, 25.00000001, 'USDT', 'solana', 26000, {Quoted(HostileName)}, 'completed', 'P-1001',
            'w', 'tx-1001', utc() - interval '23 hours', utc() - interval '1 day', utc() - interval '1 day', 6500.5, utc() - interval '1 day', utc())
        """.Replace("utc()", "(now() at time zone 'utc')", StringComparison.Ordinal));

    // A week of readings with a wave in them, and half a day in which there was none.
    private Task LetWalletBeReadAsync() => _gateway.ExecuteAsync(
        $"""
        insert into wallet_balance_snapshots (id, chain, network, wallet_address, native_balance, native_currency, usdt_balance, usdc_balance,
            usdt_mint, total_usd_value, is_below_min_threshold, is_above_max_threshold, snapshot_at, created_at)
        select gen_random_uuid(), 'solana', 'mainnet', '{WalletsDatabase.SolanaWallet}', 1.5, 'SOL', usd, 0, '{WalletsDatabase.UsdtMint}', usd,
            usd < 1000, usd > 10000, at, at
        from generate_series(now() - interval '7 days', now() - interval '5 minutes', interval '20 minutes') as at,
            lateral (select round((5000 + 4600 * sin(extract(epoch from at) / 50000))::numeric, 2) as usd) as value
        where at not between now() - interval '60 hours' and now() - interval '48 hours';
        insert into job_runs (job_id, run_id, started_at, duration_ms, attempt, state, round, job_type, queue, reason, detail)
        select gen_random_uuid(), gen_random_uuid(), now() - n * interval '1 hour', 900, 1, {(int)JobState.Dead}, 0, 'wallet:balance_check', 'monitoring',
            'balance_unreadable', 'solana: no RPC server answers'
        from generate_series(48, 60) as n
        """);

    private async Task<Guid> PublishAsync(Guid id, Guid payment)
    {
        using var content = JsonContent.Create(new
        {
            delivery_id = id,
            merchant_id = _gateway.MerchantId,
            @event = "payment.completed",
            payload = new { payment_id = payment, amount = "25.00", big = 9007199254740993 },
        });
        using var answer = await Api.PostAsync("/api/jobs/webhooks", content, Cancellation);
        answer.EnsureSuccessStatusCode();
        return id;
    }

    private Task LetWaitAsync(Guid merchant, Guid webhook) => _gateway.ExecuteAsync(
        $"""
        insert into waiting_webhooks (
            delivery_id, merchant_id, due_at, waits_since, enqueued_at, attempt, round, reason, faults, is_redelivered, event, message)
        select id, '{merchant}', now() + interval '1 hour', now(), now() - interval '1 minute', 3, 0, {(int)WaitReason.Retry}, 0, false,
            'payment.completed', convert_to(json_build_object('delivery_id', id, 'merchant_id', '{merchant}', 'event', 'payment.completed',
                'payload', json_build_object('n', 1), 'attempt', 2)::text, 'UTF8')
        from unnest(array['{webhook}'::uuid, gen_random_uuid(), gen_random_uuid()]) as id;
        insert into waiting_merchants (merchant_id, next_at, rank) values ('{merchant}', now() + interval '1 hour', 0);
        insert into job_runs (
            job_id, run_id, started_at, duration_ms, attempt, state, round, job_type, queue, reason, status_code, merchant_id, event, detail)
        select '{webhook}', gen_random_uuid(), now() - interval '1 minute' * (3 - n), 120 * n, n, {(int)JobState.Retrying}, 0, 'webhook:delivery',
            'webhooks', 'status', 503, '{merchant}', 'payment.completed', {Quoted(HostileAnswer)}
        from generate_series(1, 2) as n
        """);
}
