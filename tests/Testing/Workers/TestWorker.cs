using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Testing.Merchants;
using Gateway.Testing.Messaging;
using Gateway.Testing.Servers;
using Gateway.Worker.Hosting;
using Gateway.Worker.Webhooks.Endpoints;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Testing.Workers;

/// <summary>
/// The whole worker in full mode, in the process of the tests: with a virtual host, a database and a Redis database of its own, and
/// a server on which its merchants' endpoints are.
/// </summary>
public abstract class TestWorker : IAsyncLifetime
{
    private const string ViewerKey = "the key of somebody who may look";
    private const string OperatorKey = "the key of somebody who may change things";

    private readonly TestServers _servers;
    private readonly (string Variable, string Value)[] _settings;
    private readonly ConcurrentDictionary<string, TestMerchant> _merchants = new(StringComparer.Ordinal);
    private VirtualHost _virtualHost = null!;
    private RedisDatabase _redis = null!;
    private MerchantServer _merchantServer = null!;
    private WebApplication _app = null!;

    /// <summary>One that is started by <see cref="InitializeAsync"/>.</summary>
    /// <param name="servers">The real servers.</param>
    /// <param name="settings">Environment variables beside those that every test worker has, or instead of them.</param>
    protected TestWorker(TestServers servers, params (string Variable, string Value)[] settings)
    {
        _servers = servers;
        _settings = settings;
    }

    /// <summary>The real servers.</summary>
    public TestServers Servers => _servers;

    /// <summary>The port of every merchant's endpoint.</summary>
    protected int MerchantPort => _merchantServer.Url.Port;

    /// <summary>Environment variables that are known only when the servers are.</summary>
    protected virtual IEnumerable<(string Variable, string Value)> MoreSettings => [("RABBITMQ_MANAGEMENT_URL", _servers.RabbitMq.ManagementUrl.ToString())];

    /// <summary>The worker's own parts.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Publishes as a service with MassTransit does.</summary>
    public IBus Bus => Services.GetRequiredService<IBus>();

    /// <summary>Publishes as a service without MassTransit does, and looks into queues.</summary>
    public Broker Broker { get; private set; } = null!;

    /// <summary>The AMQP URI of its virtual host, with credentials.</summary>
    public Uri BrokerUri => _virtualHost.Uri;

    /// <summary>Its database.</summary>
    public PostgresDatabase Database { get; private set; } = null!;

    /// <summary>The API with an operator's key.</summary>
    public HttpClient Api { get; private set; } = null!;

    /// <summary>The API with a viewer's key.</summary>
    public HttpClient ViewersApi { get; private set; } = null!;

    /// <summary>The API without a key.</summary>
    public HttpClient StrangersApi { get; private set; } = null!;

    /// <summary>That of the test that runs.</summary>
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _virtualHost = await _servers.RabbitMq.CreateVirtualHostAsync(Cancellation);
        Database = await _servers.CreateMigratedDatabaseAsync(Cancellation);
        _merchantServer = await MerchantServer.StartAsync(Cancellation, AnswerAsync);
        _redis = await _servers.Redis.CreateDatabaseAsync();

        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddConfiguration(Variables().ToConfiguration());
        builder.Logging.ClearProviders();
        _app = GatewayHost.Build(builder, GatewayOptions.Read(builder.Configuration));
        await _app.StartAsync(Cancellation);
        Broker = await Broker.Connect(_virtualHost.Uri);
        Api = NewClient(OperatorKey);
        ViewersApi = NewClient(ViewerKey);
        StrangersApi = NewClient(key: null);

        // Before that its queues may not be bound yet, and what is published goes nowhere.
        await Eventually.Read(
            async () =>
            {
                using var answer = await StrangersApi.GetAsync("/healthz/ready", Cancellation);
                return answer.StatusCode;
            },
            status => status == HttpStatusCode.OK,
            "the worker is ready");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        ViewersApi.Dispose();
        StrangersApi.Dispose();
        await Broker.DisposeAsync();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        await _merchantServer.DisposeAsync();
        await Database.DisposeAsync();
        _redis.Dispose();
        await _virtualHost.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A merchant who wants every webhook at a URL of its own, unless <paramref name="change"/> says otherwise.</summary>
    public async Task<TestMerchant> AddMerchant(Action<Gateway.Persistence.GatewayTables.Merchant>? change = null)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var id = Guid.CreateVersion7();
        var row = new Gateway.Persistence.GatewayTables.Merchant
        {
            Id = id,
            Email = $"{id}@shop.example",
            BusinessName = "Shop",
            OwnerFullName = "Owner",
            WebhookUrl = new Uri(_merchantServer.Url, $"/{id}").ToString(),
            WebhookSecret = NewSecret(),
            CreatedAt = now,
            UpdatedAt = now,
        };
        change?.Invoke(row);
        var merchant = new TestMerchant(id, row.WebhookSecret ?? "");
        _merchants[$"/{id}"] = merchant;
        await Write(db => db.Add(row));
        return merchant;
    }

    /// <summary>Gives the merchant another URL, at which it answers as before.</summary>
    public async Task MoveEndpoint(TestMerchant merchant)
    {
        var path = $"/{Guid.CreateVersion7()}";
        _merchants[path] = merchant;
        await Write(db => db.Merchants.Single(m => m.Id == merchant.Key).WebhookUrl = new Uri(_merchantServer.Url, path).ToString());
        // What it remembers of the merchant would be stale for up to 30 s.
        Services.GetRequiredService<EndpointDirectory>().Forget(merchant.Id);
    }

    /// <summary>Adds rows to the worker's database, or changes them.</summary>
    public async Task Write(Action<GatewayDbContext> change)
    {
        await using var db = await Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
        change(db);
        await db.SaveChangesAsync(Cancellation);
    }

    /// <summary>A delivery of one event to a merchant, published as a service with MassTransit does.</summary>
    public async Task<DeliverWebhook> Publish(TestMerchant merchant, string @event = "payment.completed", string payload = """{"amount":1.10}""")
    {
        var delivery = NewDelivery(merchant, @event, payload);
        await Bus.Publish(delivery, Cancellation);
        return delivery;
    }

    /// <summary>The message of that.</summary>
    public static DeliverWebhook NewDelivery(TestMerchant merchant, string @event = "payment.completed", string payload = """{"amount":1.10}""") =>
        new() { MerchantId = merchant.Id, Event = @event, Payload = JsonElement.Parse(payload) };

    /// <summary>A merchant's secret, as a gateway makes it.</summary>
    public static string NewSecret() => "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));

    /// <summary>Everything that the job log knows of a job by now, the first run first.</summary>
    public Task<IReadOnlyList<JobRun>> Runs(Guid jobId) => Services.GetRequiredService<JobHistory>().GetAsync(jobId, Cancellation);

    /// <summary>The same, as soon as there are so many.</summary>
    public Task<IReadOnlyList<JobRun>> WaitUntilRunsAsync(Guid jobId, int count) => Eventually.Read(
        () => Runs(jobId), runs => runs.Count >= count, $"job {jobId} has {count} runs");

    /// <summary>The same, as soon as nothing more is to come.</summary>
    public Task<IReadOnlyList<JobRun>> WaitUntilEndedAsync(Guid jobId) => Eventually.Read(
        () => Runs(jobId), runs => runs is [.., { State: not (JobState.Queued or JobState.Retrying) }], $"job {jobId} has ended");

    /// <summary>The entry of a delivery in the waiting room; null when it does not wait.</summary>
    public async Task<WaitingWebhook?> FindWaiting(Guid deliveryId)
    {
        await using var db = await Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
        return await db.WaitingWebhooks.AsNoTracking().SingleOrDefaultAsync(w => w.DeliveryId == deliveryId, Cancellation);
    }

    /// <summary>The same, as soon as it waits.</summary>
    public async Task<WaitingWebhook> WaitUntilWaitingAsync(Guid deliveryId) =>
        (await Eventually.Read(() => FindWaiting(deliveryId), entry => entry is not null, $"webhook {deliveryId} waits"))!;

    /// <summary>Returns when no webhook waits any more.</summary>
    public async Task WaitUntilNothingWaitsAsync() => await Eventually.Read(
        async () =>
        {
            await using var db = await Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
            return await db.WaitingWebhooks.CountAsync(Cancellation);
        },
        waiting => waiting == 0,
        "no webhook waits");

    /// <summary>How many messages are on the road out of the waiting room.</summary>
    public async Task<int> CountLeases()
    {
        await using var db = await Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
        return await db.WaitingLeases.CountAsync(Cancellation);
    }

    /// <summary>The dead letter of a message, as soon as it is there.</summary>
    public async Task<DeadLetter> WaitUntilDeadLetterAsync(string messageId) => Assert.Single(await Eventually.Read(
        async () =>
        {
            await using var db = await Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
            return (await db.DeadLetters.AsNoTracking().Where(letter => letter.Headers != null).ToListAsync(Cancellation))
                .Where(letter => Encoding.UTF8.GetString(letter.Headers!).Contains($"\"{messageId}\"", StringComparison.Ordinal)).ToArray();
        },
        letters => letters.Length > 0,
        $"the dead letter of message {messageId}"));

    /// <summary>What is kept of a webhook's payload, to the last byte.</summary>
    public async Task<string> KeptPayload(Guid deliveryId)
    {
        await using var db = await Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
        return (await db.KeptWebhooks.AsNoTracking().SingleAsync(webhook => webhook.DeliveryId == deliveryId, Cancellation)).Payload;
    }

    /// <summary>The dead letter of a job as the API shows it, as soon as it is there.</summary>
    public async Task<JsonElement> WaitUntilDeadLetterOfAsync(Guid jobId) => Assert.Single(await Eventually.Read(
        async () => JsonElement.Parse(await Api.GetByteArrayAsync("/api/dead-letters?order=newest&limit=500", Cancellation)).GetProperty("dead_letters").EnumerateArray()
            .Where(letter => letter.TryGetProperty("job_id", out var id) && id.GetGuid() == jobId).ToArray(),
        letters => letters.Length > 0,
        $"the dead letter of job {jobId}"));

    private Dictionary<string, string> Variables() => WorkerEnvironment.For(_virtualHost, Database, _redis)
        .With(WorkerEnvironment.ForMerchantsAt(MerchantPort))
        // What runs is what a test asks for.
        .With(WorkerEnvironment.WithoutSchedules)
        .With(new Dictionary<string, string>
        {
            ["OPS_URL"] = "http://127.0.0.1:0",
            ["OPS_API_KEYS"] = $"viewer:viewer:{HashOf(ViewerKey)},operator:operator:{HashOf(OperatorKey)}",
            ["WEBHOOK_RETRY_DELAYS"] = "100ms,200ms,400ms,800ms,1600ms",
        })
        .With(_settings.Concat(MoreSettings).Select(setting => KeyValuePair.Create(setting.Variable, setting.Value)));

    private Task AnswerAsync(CapturedWebhook webhook, HttpResponse response) => _merchants[webhook.Path].Answer(webhook, response);

    private HttpClient NewClient(string? key)
    {
        var client = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
        client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    private static string HashOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
