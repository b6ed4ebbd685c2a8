using System.Collections.Concurrent;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.Endpoints;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Bus;
using Gateway.Worker.Gate;
using Gateway.Worker.Hosting;
using Gateway.Worker.Jobs;
using Gateway.Worker.Webhooks;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Register;
using Gateway.Worker.Webhooks.Waiting;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>
/// The worker's own consumer, group commit, waiting room and register, with a broker that loses, delays and repeats messages. Time goes on from
/// step to step, by hours, so that what waits is due. A worker that dies is one whose record or acknowledgement is missing.
/// </summary>
internal sealed class MortalWorker : IAsyncDisposable
{
    private const int Attempts = 4;
    private const int Troubled = 12;
    private const int LastStep = 80;
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(5);

    // A lease of one that did not come back, and one that holds for as long as the test.
    private static readonly TimeSpan RunOut = TimeSpan.FromDays(-1);
    private static readonly TimeSpan Holds = TimeSpan.FromDays(10);

    private readonly TestDatabase _database;
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly ForgetfulWriter _writer;
    private readonly JobRecorder _recorder;
    private readonly ServiceProvider _services;
    private readonly IBusControl _bus;
    private readonly DeliverWebhookConsumer _consumer;
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _handling = new();
    private readonly List<Message> _broker = [];
    private readonly Dictionary<Guid, Course> _courses = [];
    private List<Merchant> _merchants = [];

    private MortalWorker(TestDatabase database, ScriptedMerchant merchant)
    {
        (_database, Merchant) = (database, merchant);
        _writer = new ForgetfulWriter(database.Get<IJobRunWriter>());
        _recorder = new JobRecorder(_writer, new JobLogOptions(), TimeProvider.System, NullLogger<JobRecorder>.Instance);
        _services = BuildServices();
        _consumer = _services.GetRequiredService<DeliverWebhookConsumer>();
        _bus = Bus.Factory.CreateUsingInMemory(bus =>
        {
            foreach (var queue in (string[])[QueueNames.Webhooks, QueueNames.WebhooksRetry])
            {
                bus.ReceiveEndpoint(queue, endpoint =>
                {
                    endpoint.ConfigureConsumeTopology = false;
                    endpoint.ConcurrentMessageLimit = 1_000;
                    endpoint.Handler<DeliverWebhook>(ConsumeAsync);
                });
            }
        });
    }

    public ScriptedMerchant Merchant { get; }

    /// <summary>Faults of the worker's own, of which there should be none.</summary>
    public ConcurrentQueue<Exception> Faults { get; } = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<MortalWorker> StartAsync(TestDatabase database)
    {
        var worker = new MortalWorker(database, await ScriptedMerchant.StartAsync());
        await worker._bus.StartAsync(Cancellation);
        await worker._services.GetRequiredService<EndpointHolds>().StartAsync(Cancellation);
        return worker;
    }

    /// <summary>Lets deliveries live to their end. Those of every third merchant wait in the end if it wanted no more webhooks.</summary>
    /// <returns>The ids of the deliveries, in the order of <paramref name="lives"/>.</returns>
    public async Task<IReadOnlyList<Guid>> LiveAsync(IReadOnlyList<DeliveryLife> lives)
    {
        await BeginAsync(lives);
        for (var step = 0; step < LastStep; step++)
        {
            var isCalm = step >= Troubled;
            if (step == Troubled)
            {
                _courses.Values.ToList().ForEach(course => course.Calm());
            }

            Publish(step);
            await ReleaseAsync();
            var onTheWay = _broker.Select(message => message.Delivery.DeliveryId).ToHashSet();
            await Task.WhenAll(HandleAsync(step), OperateAsync(step, isCalm, onTheWay));
            await PassTimeAsync();
            if (isCalm && _broker.Count == 0 && await FindWaitingAsync() is [])
            {
                return [.. _courses.Keys];
            }
        }

        Assert.Fail($"After {LastStep} steps {_broker.Count} messages are on their way, and these wait: {string.Join("; ", await FindWaitingAsync())}");
        return [];
    }

    /// <summary>Whether an operator has cancelled a delivery.</summary>
    public bool IsCancelled(Guid deliveryId) => _courses[deliveryId].IsCancelled;

    public async ValueTask DisposeAsync()
    {
        await _services.GetRequiredService<EndpointHolds>().StopAsync(CancellationToken.None);
        await _bus.StopAsync(CancellationToken.None);
        await _recorder.DisposeAsync();
        await _services.DisposeAsync();
        await Merchant.DisposeAsync();
    }

    private ServiceProvider BuildServices()
    {
        var options = GatewayOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["GATEWAY_MODE"] = "embedded",
            ["WEBHOOK_ALLOW_HTTP"] = "true",
            ["WEBHOOK_ALLOWED_NETWORKS"] = "127.0.0.0/8",
            ["WEBHOOK_ALLOWED_PORTS"] = $"{new Uri(Merchant.Url).Port}",
            ["WEBHOOK_RETRY_DELAYS"] = "1s,2s,3s",
            // So few that some find no room.
            ["WEBHOOK_MERCHANT_CONCURRENCY"] = "4",
        }).Build());
        Assert.Equal(Attempts, options.Webhooks.RetryDelays.Count + 1);
        var services = new ServiceCollection().AddMetrics().AddLogging(log => log.AddProvider(new FaultLog(Faults)));
        services.AddSingleton<TimeProvider>(_time);
        services.AddSingleton(options).AddSingleton(options.Metrics).AddSingleton<JobMetrics>();
        services.AddSingleton<IHostApplicationLifetime>(new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance));
        services.AddSingleton(_database.Get<IDbContextFactory<GatewayDbContext>>()).AddSingleton(_database.Get<EndpointStore>()).AddSingleton(_recorder);
        services.AddSingleton(_database.Get<IWaitingRoom>());
        services.AddSingleton(_database.Get<WaitingDeliveries>());
        return services.AddGate(options.Gate, options.Mode).AddWebhooks(options.Webhooks, options.Mode, options.Redis, isTraced: false).BuildServiceProvider();
    }

    private async Task BeginAsync(IReadOnlyList<DeliveryLife> lives)
    {
        await using var db = _database.CreateContext();
        await db.WaitingWebhooks.ExecuteDeleteAsync(Cancellation);
        await db.WaitingLeases.ExecuteDeleteAsync(Cancellation);
        await db.WaitingMerchants.ExecuteDeleteAsync(Cancellation);
        _broker.Clear();
        _courses.Clear();
        _merchants = [.. Enumerable.Range(0, lives.Max(life => life.Merchant) + 1).Select(_ => Rows.Merchant(Merchant.Url))];
        _merchants.ForEach(merchant => merchant.WebhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        await _database.AddAsync([.. _merchants]);
        foreach (var life in lives)
        {
            var id = Guid.CreateVersion7();
            Merchant.Expect(id, life);
            _courses.Add(id, new Course(life));
        }
    }

    private void Publish(int step)
    {
        foreach (var (id, course) in _courses.Where(course => course.Value.Life.BeginsAt == step))
        {
            var delivery = new DeliverWebhook
            {
                DeliveryId = id,
                MerchantId = _merchants[course.Life.Merchant].Id.ToString(),
                Event = "payment.completed",
                Payload = JsonSerializer.SerializeToElement(new { amount = "12.50" }),
            };
            _broker.Add(new Message(Guid.CreateVersion7(), QueueNames.Webhooks, delivery, Release: null)
            {
                Headers = [(EnqueuedAt.Header, UnixMilliseconds.Format(_time.GetUtcNow().UtcDateTime))],
            });
        }
    }

    // As the releaser does, but that it may die at any point.
    private async Task ReleaseAsync()
    {
        var room = _database.Get<IWaitingRoom>();
        var limits = new ReleaseLimits { PerMerchant = 15, SendingTime = RunOut, ProbeTime = TimeSpan.FromSeconds(1) };
        var lost = await room.TakeLostAsync(limits, 10_000, Cancellation);
        ReleasedWebhook[] released = [.. lost, .. await room.TakeAsync(limits, Cancellation)];
        var entries = (await room.ReadAsync(released, Cancellation)).ToDictionary(entry => entry.DeliveryId);
        foreach (var ofOneRelease in released.GroupBy(webhook => webhook.ReleaseId))
        {
            var sendings = ofOneRelease.ToLookup(webhook => _courses[webhook.DeliveryId].Sendings.Next());
            foreach (var webhook in ofOneRelease.Except(sendings[Sending.NotSent]))
            {
                var entry = entries[webhook.DeliveryId];
                var outgoing = new OutgoingWebhook(webhook, entry, JsonSerializer.Deserialize<DeliverWebhook>(entry.Message)!);
                _broker.Add(new Message(Guid.CreateVersion7(), outgoing.Queue, outgoing.Delivery, webhook) { Headers = [.. outgoing.Headers()] });
            }

            await room.SentAsync(ofOneRelease.Key, [.. sendings[Sending.Noted].Select(webhook => webhook.Key)], Holds, Cancellation);
            await room.NotSentAsync(ofOneRelease.Key, [.. sendings[Sending.NotConfirmed].Select(webhook => webhook.Key)], Cancellation);
        }
    }

    private async Task HandleAsync(int step)
    {
        _writer.Forgotten.Clear();
        List<Message> handled = [];
        foreach (var message in _broker.Where(message => message.ComesAt <= step).ToArray())
        {
            var course = _courses[message.Delivery.DeliveryId];
            // A message that has waited once comes.
            message.Fate = message.ComesAt > 0 ? Fate.Handled : course.Fates.Next();
            switch (message)
            {
                case { Fate: Fate.Late }:
                    message.ComesAt = step + 1 + (course.Life.BeginsAt % 3);
                    await TakeForLostAsync(message);
                    break;
                case { Fate: Fate.Lost, Release: not null }:
                    _broker.Remove(message);
                    await TakeForLostAsync(message);
                    break;
                case { Fate: Fate.DiesBeforeRecord }:
                    _writer.Forgotten[message.Delivery.DeliveryId] = true;
                    handled.Add(message);
                    break;
                default:
                    handled.Add(message);
                    break;
            }
        }

        await Task.WhenAll(handled.Select(SendAsync));
        foreach (var message in handled)
        {
            // What one worker had in hand of a delivery comes again together.
            if (_writer.Forgotten.ContainsKey(message.Delivery.DeliveryId) || message.Fate is Fate.DiesAfterRecord or Fate.DiesAfterRecordAndRegisterForgets)
            {
                message.IsRedelivered = true;
            }
            else
            {
                _broker.Remove(message);
            }
        }

        foreach (var message in handled.Where(message => message.Fate == Fate.DiesAfterRecordAndRegisterForgets))
        {
            var id = message.Delivery.DeliveryId;
            // Redis alone knows of an attempt that is not recorded, and of one for which another message is on its way.
            if (_broker.Count(other => other.Delivery.DeliveryId == id) == 1 && await IsAllRecordedAsync(id))
            {
                await _services.GetRequiredService<IDeliveryRegister>().ForgetAsync(new DeliveryKey(id, Guid.Parse(message.Delivery.MerchantId)), evenDelivered: true);
            }
        }
    }

    private async Task<bool> IsAllRecordedAsync(Guid deliveryId)
    {
        await using var db = _database.CreateContext();
        return await db.JobRuns.CountAsync(run => run.JobId == deliveryId && run.State != JobState.Skipped, Cancellation) == Merchant.PostsOf(deliveryId);
    }

    private async Task OperateAsync(int step, bool isCalm, HashSet<Guid> onTheWay)
    {
        var list = _database.Get<WaitingList>();
        foreach (var (id, course) in _courses.Where(course => course.Value.Life.CancelledAt <= step && !course.Value.IsCancelled && !onTheWay.Contains(course.Key)).ToArray())
        {
            course.IsCancelled = (await _database.Get<WaitingCanceller>().CancelAsync(new WaitingFilter { DeliveryId = id }, limit: 1, Cancellation)).Cancelled == 1;
        }

        var (held, disabled) = await FindClosedAsync();
        foreach (var (merchant, index) in _merchants.Select((merchant, index) => (merchant.Id, index)).ToArray())
        {
            if (isCalm ? held.Contains(merchant) : (step + index) % 8 == 0)
            {
                await list.ReleaseAsync(new WaitingFilter { MerchantId = merchant }, Cancellation);
            }

            if (disabled.Contains(merchant) && index % 3 > 0 && (isCalm || (step + index) % 4 == 0))
            {
                await _services.GetRequiredService<EndpointHealth>().EnableAsync(merchant, "tests", Cancellation);
            }
        }
    }

    private async Task<(IReadOnlyCollection<Guid> Held, IReadOnlyCollection<Guid> Disabled)> FindClosedAsync()
    {
        await using var db = _database.CreateContext();
        var endpoints = await db.WebhookEndpoints.AsNoTracking().Where(e => e.HeldUntil != null || e.DisabledAt != null).ToListAsync(Cancellation);
        return (
            [.. endpoints.Where(e => e.HeldUntil is not null).Select(e => e.MerchantId)],
            [.. endpoints.Where(e => e.DisabledAt is not null).Select(e => e.MerchantId)]);
    }

    // The worker's clock goes on. The database has its own, by which all that is due by the worker's is in the past.
    private async Task PassTimeAsync()
    {
        _time.Advance(Step);
        var now = _time.GetUtcNow().UtcDateTime;
        var past = now.AddDays(-30);
        await using var db = _database.CreateContext();
        await db.WaitingWebhooks.Where(w => w.DueAt <= now).ExecuteUpdateAsync(set => set.SetProperty(w => w.DueAt, past), Cancellation);
        await db.WaitingMerchants.ExecuteUpdateAsync(set => set.SetProperty(m => m.NextAt, past), Cancellation);
        await db.WebhookEndpoints.Where(e => e.HeldUntil <= now).ExecuteUpdateAsync(set => set.SetProperty(e => e.HeldUntil, past), Cancellation);
    }

    /// <returns>What waits although its merchant wants webhooks.</returns>
    private async Task<IReadOnlyList<string>> FindWaitingAsync()
    {
        await using var db = _database.CreateContext();
        var disabled = db.WebhookEndpoints.Where(e => e.DisabledAt != null).Select(e => e.MerchantId);
        var waiting = await db.WaitingWebhooks.Where(w => !disabled.Contains(w.MerchantId)).ToListAsync(Cancellation);
        return [.. waiting.Select(w => $"{w.DeliveryId} for attempt {w.Attempt}, {w.Reason}, {_courses[w.DeliveryId].Life}")];
    }

    private Task TakeForLostAsync(Message message) => message.Release is { } release
        ? _database.Get<IWaitingRoom>().SentAsync(release.ReleaseId, [release.Key], RunOut, Cancellation)
        : Task.CompletedTask;

    private async Task SendAsync(Message message)
    {
        var handled = _handling[message.Id] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var queue = await _bus.GetSendEndpoint(new Uri("queue:" + message.Queue));
        await queue.Send(
            message.Delivery,
            Pipe.Execute<SendContext>(send =>
            {
                send.MessageId = message.Id;
                foreach (var (name, value) in message.Headers)
                {
                    send.Headers.Set(name, value);
                }

                if (message.IsRedelivered)
                {
                    send.Headers.Set(RoadHeaders.Redelivered, "true");
                }
            }),
            Cancellation);
        await handled.Task.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, Cancellation);
    }

    private async Task ConsumeAsync(ConsumeContext<DeliverWebhook> context)
    {
        var handled = _handling[context.MessageId!.Value];
        try
        {
            await _consumer.Consume(context);
            handled.SetResult();
        }
        catch (Exception fault)
        {
            handled.SetException(fault);
        }
    }

    private sealed record Message(Guid Id, string Queue, DeliverWebhook Delivery, ReleasedWebhook? Release)
    {
        public required IReadOnlyList<(string Name, string Value)> Headers { get; init; }

        public Fate Fate { get; set; }

        public int ComesAt { get; set; }

        public bool IsRedelivered { get; set; }
    }

    private sealed class Course(DeliveryLife life)
    {
        public DeliveryLife Life => life;

        public Script<Fate> Fates { get; } = new(life.Fates);

        public Script<Sending> Sendings { get; } = new(life.Sendings);

        public bool IsCancelled { get; set; }

        public void Calm()
        {
            Fates.End();
            Sendings.End();
        }
    }

    private sealed class Script<T>(IReadOnlyList<T> values)
        where T : struct
    {
        private int _next;

        public T Next() => _next < values.Count ? values[_next++] : default;

        public void End() => _next = values.Count;
    }

    private sealed class FaultLog(ConcurrentQueue<Exception> faults) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not null && logLevel >= LogLevel.Error)
            {
                faults.Enqueue(exception);
            }
        }

        public void Dispose()
        {
        }
    }
}
