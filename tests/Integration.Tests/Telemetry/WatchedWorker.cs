using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Integration.Tests.Mail;
using Gateway.Integration.Tests.Payments;
using Gateway.Integration.Tests.Survival;
using Gateway.Integration.Tests.Wallets;
using Gateway.Testing;
using Gateway.Testing.Messaging;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Microsoft.AspNetCore.Http;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Telemetry;

/// <summary>
/// A worker as operators run it, watched from all sides: its log, a collector, its metrics, its API and its dead letters. Each of its four
/// jobs has died, has succeeded at once and has succeeded after a failure; everything secret that it was given holds <see cref="Canary"/>.
/// </summary>
public sealed class WatchedWorker(TestServers servers) : IAsyncLifetime
{
    /// <summary>A word that nothing may tell.</summary>
    public const string Canary = "canary7d1f";

    private const string Expiry = "payment:expiry";

    private Deployment _gateway = null!;
    private RpcServer _rpc = null!;
    private SmtpServer _mails = null!;
    private WorkerProcess _worker = null!;
    private HttpClient _api = null!;

    public OtlpReceiver Collector { get; private set; } = null!;

    /// <summary>A webhook that is delivered at once, published as plain JSON within <see cref="PublishersTrace"/>.</summary>
    public Guid Delivered { get; } = Guid.CreateVersion7();

    /// <summary>A webhook that fails once.</summary>
    public Guid Retried { get; } = Guid.CreateVersion7();

    /// <summary>A webhook that fails three times, which is as often as it may.</summary>
    public Guid Dead { get; } = Guid.CreateVersion7();

    /// <summary>Two attempts to read a wallet whose server refuses.</summary>
    public Guid DeadCheck { get; private set; }

    /// <summary>A check whose server refuses once.</summary>
    public Guid RetriedCheck { get; private set; }

    /// <summary>A check that reads the wallet at once.</summary>
    public Guid Check { get; private set; }

    /// <summary>A settlement report that is written and, in two attempts, cannot be mailed.</summary>
    public Guid DeadReport { get; private set; }

    /// <summary>A report that cannot be mailed once.</summary>
    public Guid RetriedReport { get; private set; }

    /// <summary>A report that is mailed at once.</summary>
    public Guid Report { get; private set; }

    public static string PublishersTrace(Guid delivery) => Convert.ToHexStringLower(SHA256.HashData(delivery.ToByteArray())[..16]);

    public static string PublishersSpan => "00f067aa0ba902b7";

    /// <summary>Every line of the log.</summary>
    public IReadOnlyList<JsonElement> Log { get; private set; } = [];

    /// <summary>All that anybody was told: what it wrote, sent to the collector, answered, and wrote on dead letters.</summary>
    public IReadOnlyDictionary<string, string> Told { get; private set; } = new Dictionary<string, string>();

    /// <summary>The names of the headers that merchants got.</summary>
    public IReadOnlyCollection<string> MerchantsHeaders => _gateway.Merchant.Headers;

    private static string ReportDate { get; } = TimeProvider.System.GetUtcNow().AddDays(-5).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Collector = await OtlpReceiver.StartAsync();
        _gateway = await Deployment.CreateAsync(servers);
        await _gateway.ExecuteAsync(
            $"""
            insert into payouts select gen_random_uuid(), id, 1000, 10, 990, '{Canary}', '{Canary}', '{Canary}', 'completed', gen_random_uuid(),
                null, null, '{ReportDate} 05:00', null, '{Canary}', 0, null, now(), now() from merchants;
            update merchants set webhook_url = webhook_url || '?token={Canary}', webhook_secret = 'whsec_{Convert.ToBase64String(Encoding.UTF8.GetBytes(Canary + " 32 bytes and more of a secret"))}'
            """);
        await _gateway.ExecuteAsync(
            """
            create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no payment may change' using errcode = 'insufficient_privilege'; end $$;
            create trigger refuse before update on payments for each row execute function refuse()
            """);
        await PaymentsDatabase.AddPaymentsAsync(_gateway.Database.ConnectionString, _gateway.MerchantId, 1, "created", TimeSpan.FromDays(-10));
        _gateway.Merchant.Answer = (id, post) => id == Dead || (id == Retried && post == 1) ? 500 : 200;
        _rpc = await RpcServer.StartAsync();
        _rpc.Answer = Refuse;
        _mails = await SmtpServer.StartAsync();
        await _mails.BehaveAsync("refuse");
        _worker = await _gateway.StartWorkerAsync([.. Settings.Concat(Collector.Settings).Select(s => (s.Key, s.Value))]);
        _api = await _gateway.OpenApiAsync(_worker);

        // Beside these jobs: the ticks, the webhook of the payment that expires at one of them, and two messages that nobody can deliver.
        await PublishAsync();
        DeadCheck = await AskForAsync("check-wallet-balances", "{}");
        DeadReport = await AskForAsync("settlement-report", $$"""{"date":"{{ReportDate}}"}""");
        await WaitUntilAsync("dead", Dead, DeadCheck, DeadReport);
        await WaitUntilAsync("succeeded", Delivered, Retried);
        await Eventually.Read(() => ExpiriesAsync("dead"), jobs => jobs > 0, "a payment's expiry that is given up");

        RetriedCheck = await AskForAsync("check-wallet-balances", "{}");
        RetriedReport = await AskForAsync("settlement-report", $$"""{"date":"{{ReportDate}}"}""");
        await WaitUntilAsync("retrying", RetriedCheck, RetriedReport);
        await Eventually.Catch(() => ExpiriesAsync("retrying"), jobs => jobs > 0, "a payment's expiry that is tried again");
        _rpc.Answer = null;
        await _mails.BehaveAsync("accept");
        await _gateway.ExecuteAsync("drop trigger refuse on payments");
        await WaitUntilAsync("succeeded", RetriedCheck, RetriedReport);

        Check = await AskForAsync("check-wallet-balances", "{}");
        Report = await AskForAsync("settlement-report", $$"""{"date":"{{ReportDate}}"}""");
        await WaitUntilAsync("succeeded", Check, Report);
        await Eventually.Read(() => JsonAsync("/api/jobs?event=payment.expired"), page => page.GetProperty("jobs").GetArrayLength() == 1, "the payment's webhook");
        await Eventually.Read(() => ExpiriesAsync("retrying"), jobs => jobs == 0, "the end of every expiry");
        await Eventually.Read(() => JsonAsync("/api/dead-letters"), page => page.GetProperty("dead_letters").EnumerateArray().Count(l => l.GetProperty("job_type").GetString() == "webhook:delivery") == 3, "three dead letters");
        await Eventually.Read(
            () => Task.FromResult(Collector.Spans), spans => spans.Any(s => s["gateway.job.type"] == "report:daily_settlement"), "the report's span");
        await ListenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        await _gateway.DisposeAsync();
        await _mails.DisposeAsync();
        await _rpc.DisposeAsync();
        await Collector.DisposeAsync();
    }

    private Dictionary<string, string> Settings => new()
    {
        ["LOG_FORMAT"] = "json",
        ["Logging__LogLevel__Default"] = "Debug",
        ["Logging__LogLevel__Microsoft"] = "Information",
        ["Logging__LogLevel__System.Net.Http"] = "Information",
        ["Logging__LogLevel__MassTransit"] = "Information",
        ["WEBHOOK_RETRY_DELAYS"] = "100ms,200ms",
        ["WEBHOOK_SIGNING_KEY"] = $"whsk_{Convert.ToBase64String(Encoding.UTF8.GetBytes(Canary.PadRight(32)))}",
        ["PAYMENT_EXPIRY_ENABLED"] = "true",
        ["PAYMENT_EXPIRY_CRON"] = "* * * * * *",
        // Longer than from one tick to the next, so that there is always an expiry that waits for its retry.
        ["PERIODIC_RETRY_DELAYS"] = "2s",
        ["MONITORING_RETRY_DELAYS"] = "2s",
        ["REPORTS_RETRY_DELAYS"] = "2s",
        ["SOLANA_NETWORK"] = "mainnet",
        ["SOLANA_WALLET_ADDRESS"] = "7cVfgArCheMR6Cs4t6vz5rfnqd56vZq4ndaBrY5xkxXy",
        ["SOLANA_RPC_URL"] = $"{_rpc.Url}?key={Canary}",
        ["SMTP_HOST"] = "127.0.0.1",
        ["SMTP_PORT"] = $"{_mails.Port}",
        ["SMTP_USER"] = "worker",
        ["SMTP_PASSWORD"] = Canary,
        ["SMTP_FROM"] = "worker@example.com",
        ["SMTP_TLS"] = "none",
        ["OPS_EMAIL"] = "ops@example.com",
    };

    private async Task PublishAsync()
    {
        await using var broker = await Broker.Connect(_gateway.BrokerUri);
        foreach (var id in new[] { Delivered, Retried, Dead })
        {
            var message = _gateway.Publisher.MessageOf(id);
            message["payload"] = new System.Text.Json.Nodes.JsonObject { ["amount"] = Canary };
            await broker.Publish("", "webhooks", Encoding.UTF8.GetBytes(message.ToJsonString()), new BasicProperties
            {
                ContentType = "application/json",
                Persistent = true,
                Headers = new Dictionary<string, object?> { ["traceparent"] = $"00-{PublishersTrace(id)}-{PublishersSpan}-01" },
            });
        }

        // What is refused, and what is no JSON at all: neither is a reason to quote it.
        foreach (var body in new[] { $$"""{"merchant_id":"nobody","event":"payment.completed","payload":"{{Canary}}"}""", $$"""{"payload":"{{Canary}}""" })
        {
            await broker.Publish("", "webhooks", Encoding.UTF8.GetBytes(body), new BasicProperties { ContentType = "application/json", Persistent = true });
        }
    }

    private async Task<Guid> AskForAsync(string job, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _api.PostAsync($"/api/jobs/{job}", content, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("job_id").GetGuid();
    }

    private static Task Refuse(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync($"the key {Canary} is not known", Cancellation);
    }

    private async Task WaitUntilAsync(string state, params Guid[] jobs)
    {
        foreach (var job in jobs)
        {
            await Eventually.Read(() => StateOfAsync(job), now => now == state, $"job {job} to be {state}");
        }
    }

    private async Task<int> ExpiriesAsync(string state) =>
        (await JsonAsync($"/api/jobs?type={Expiry}&state={state}")).GetProperty("jobs").GetArrayLength();

    private async Task<string?> StateOfAsync(Guid job)
    {
        using var answer = await _api.GetAsync($"/api/jobs/{job}", Cancellation);
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("state").GetString() : null;
    }

    private async Task<JsonElement> JsonAsync(string path) => await _api.GetFromJsonAsync<JsonElement>(path, Cancellation);

    private async Task ListenAsync()
    {
        var told = new Dictionary<string, string>();
        string[] paths =
        [
            "/metrics", "/healthz/ready", "/api/queues", "/api/schedules", "/api/jobs?limit=100", $"/api/jobs/{Dead}", $"/api/jobs/{DeadCheck}", $"/api/jobs/{Report}",
            "/api/webhooks/endpoints", "/api/operator-actions", "/api/outbox", "/api/wallets", "/api/workers", $"/api/settlement-reports/{ReportDate}", "/openapi/v1.json",
        ];
        foreach (var path in paths)
        {
            using var answer = await _api.GetAsync(path, Cancellation);
            Assert.True(answer.IsSuccessStatusCode, $"{path} answers {answer.StatusCode}");
            told[path] = await answer.Content.ReadAsStringAsync(Cancellation);
        }

        using (var stranger = new HttpClient { BaseAddress = _api.BaseAddress, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Canary) } })
        {
            using var refused = await stranger.GetAsync("/api/jobs", Cancellation);
            told["a refused key"] = await refused.Content.ReadAsStringAsync(Cancellation);
        }

        var letters = (await JsonAsync("/api/dead-letters")).GetProperty("dead_letters").EnumerateArray().ToArray();
        Assert.Contains(letters, letter => letter.TryGetProperty("headers", out _));
        told["dead letters' headers"] = string.Join('\n', letters.Select(letter => letter.TryGetProperty("headers", out var headers) ? headers.GetRawText() : ""));
        told["dead letters' errors"] = string.Join('\n', letters.Select(letter => letter.GetProperty("error").GetString()));

        await _worker.StopAsync();
        told["log"] = _worker.Output;
        told["collector"] = string.Join('\n', Collector.Requests.Select(Encoding.UTF8.GetString));
        Told = told;
        Log = [.. _worker.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
    }
}
