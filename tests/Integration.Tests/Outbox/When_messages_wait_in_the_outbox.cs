using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence.Outbox;
using Gateway.Testing.Messaging;
using Gateway.Testing.Servers;
using Gateway.Worker.Bus;
using Xunit;

namespace Gateway.Integration.Tests.Outbox;

/// <summary>What trials found (docs/faults.md: B5, D18).</summary>
public sealed class When_messages_wait_in_the_outbox(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_keep_the_order_of_each_key_when_several_workers_share_them()
    {
        const int Keys = 40;
        const int PerKey = 100;
        await using var place = await Place.CreateAsync(servers);
        var published = await place.Broker.Subscribe<PaymentExpired>();
        await using var first = await OutboxWorker.StartAsync(place.VirtualHost, place.Database);
        await using var second = await OutboxWorker.StartAsync(place.VirtualHost, place.Database);
        await using var third = await OutboxWorker.StartAsync(place.VirtualHost, place.Database);
        var keys = Enumerable.Range(0, Keys).Select(_ => Guid.CreateVersion7()).ToArray();

        // Small commits, so that the three take their turns.
        for (var number = 0; number < PerKey; number++)
        {
            await first.WriteAsync([.. keys.Select(key => Event(key, number))]);
        }

        var arrived = new List<(Guid Key, int Number)>();
        while (arrived.Distinct().Count() < Keys * PerKey)
        {
            var message = (await published.WaitUntilReceivedAsync()).Enveloped;
            arrived.Add((message.GetProperty("payment_id").GetGuid(), int.Parse(message.GetProperty("merchant_id").GetString()!, null)));
        }

        Assert.All(keys, key => Assert.Equal(Enumerable.Range(0, PerKey), arrived.Where(a => a.Key == key).Select(a => a.Number)));
        await first.WaitUntilAsync(state => state is { Waiting: 0, OldestAt: null }, "the outbox is empty");
    }

    [Fact]
    public async Task Should_publish_under_the_id_that_was_written()
    {
        await using var place = await Place.CreateAsync(servers);
        var published = await place.Broker.Subscribe<PaymentExpired>();
        await using var worker = await OutboxWorker.StartAsync(place.VirtualHost, place.Database);
        var message = Event(Guid.CreateVersion7(), 7);

        await worker.WriteAsync(message);

        Assert.Equal(message.MessageId.ToString(), (await published.WaitUntilReceivedAsync()).Properties.MessageId);
    }

    [Fact]
    public async Task Should_publish_what_shares_a_row_one_by_one_each_under_its_own_id()
    {
        await using var place = await Place.CreateAsync(servers);
        var published = await place.Broker.Subscribe<PaymentExpired>();
        await using var worker = await OutboxWorker.StartAsync(place.VirtualHost, place.Database);
        OutboxMessage[] messages = [.. Enumerable.Range(0, 500).Select(number => Event(Guid.CreateVersion7(), number))];

        await worker.WriteAsync(BundledMessage.Bundle(messages, "all"));

        HashSet<(string?, string?)> arrived = [];
        while (arrived.Count < messages.Length)
        {
            var message = await published.WaitUntilReceivedAsync();
            arrived.Add((message.Properties.MessageId, message.Enveloped.GetProperty("merchant_id").GetString()));
        }

        Assert.Equal(messages.Select((message, number) => ((string?)message.MessageId.ToString(), (string?)$"{number}")).ToHashSet(), arrived);
        await worker.WaitUntilAsync(state => state is { Waiting: 0, Unreadable: 0 }, "the outbox is empty");
    }

    [Fact]
    public async Task Should_keep_a_command_that_no_queue_takes_and_let_the_others_pass()
    {
        await using var place = await Place.CreateAsync(servers);
        var published = await place.Broker.Subscribe<PaymentExpired>();
        var (command, happened) = (Webhook(), Event(Guid.CreateVersion7(), 1));
        await using (var worker = await OutboxWorker.StartAsync(place.VirtualHost, place.Database))
        {
            await worker.WriteAsync(command, happened);

            Assert.Equal(happened.MessageId.ToString(), (await published.WaitUntilReceivedAsync()).Properties.MessageId);
            await worker.WaitUntilAsync(state => state.Waiting == 1, "the command waits");
        }

        await using var later = await OutboxWorker.StartAsync(place.VirtualHost, place.Database, TakesWebhooks);
        await place.Broker.WaitUntilFoundAsync("kept_skipped", message => message.Properties.MessageId == command.MessageId.ToString());
        await later.WaitUntilAsync(state => state.Waiting == 0, "the command is published");
    }

    // More than a worker takes at once.
    [Fact]
    public async Task Should_let_younger_ones_pass_a_thousand_that_no_queue_takes_and_name_those()
    {
        await using var place = await Place.CreateAsync(servers);
        var published = await place.Broker.Subscribe<PaymentExpired>();
        await using var worker = await OutboxWorker.StartAsync(place.VirtualHost, place.Database);
        var commands = Enumerable.Range(0, 1_100).Select(_ => Webhook()).ToArray();
        var happened = Event(Guid.CreateVersion7(), 1);

        await worker.WriteAsync([.. commands, happened]);

        Assert.Equal(happened.MessageId.ToString(), (await published.WaitUntilReceivedAsync()).Properties.MessageId);
        var state = await worker.WaitUntilAsync(state => state is { Waiting: 1_100, Refused: 1_100 }, "the commands are set aside");
        Assert.NotNull(state.OldestAt);
        var stuck = await worker.WaitUntilStuckAsync(stuck => stuck.Count == 20, "they are named");
        Assert.Equal(commands.Take(20).Select(command => command.MessageId), stuck.Select(message => message.MessageId));
        Assert.All(stuck, message => Assert.Equal("No queue takes it: the broker returned it.", message.Reason));
    }

    [Theory]
    [InlineData("Gateway.Contracts.PaymentExpired", """{"payment_id":"secret"}""", "The body does not fit the contract at $.payment_id.")]
    [InlineData("Gateway.Contracts.PaymentExpired", "null", "The body is null.")]
    [InlineData("Gateway.Contracts.PaymentExpired[]", "null", "The body is null.")]
    [InlineData("Gateway.Contracts.PaymentExpired[]", """[{"MessageId":"secret"}]""", "The body does not fit the contract at $[0].MessageId.")]
    public async Task Should_pass_over_what_it_cannot_read_and_keep_it(string type, string body, string reason)
    {
        await using var place = await Place.CreateAsync(servers);
        var published = await place.Broker.Subscribe<PaymentExpired>();
        await using var worker = await OutboxWorker.StartAsync(place.VirtualHost, place.Database);
        var key = Guid.CreateVersion7();
        var unreadable = new OutboxMessage
        {
            MessageId = Guid.CreateVersion7(),
            MessageType = type,
            OrderingKey = key.ToString(),
            Body = body,
            MustArrive = false,
            CreatedAt = TimeProvider.System.GetUtcNow().UtcDateTime,
        };
        var readable = Event(key, 1);

        await worker.WriteAsync(unreadable, readable);

        Assert.Equal(readable.MessageId.ToString(), (await published.WaitUntilReceivedAsync()).Properties.MessageId);
        await worker.WaitUntilAsync(state => state is { Waiting: 0, Unreadable: 1 }, "only the unreadable one is left");
        Assert.Equal(reason, Assert.Single(await worker.ReadAsync()).UnreadableReason);
    }

    // In a rolling upgrade an older worker takes it first.
    [Fact]
    public async Task Should_leave_what_it_does_not_know_to_a_newer_worker()
    {
        await using var place = await Place.CreateAsync(servers);
        var published = await place.Broker.Subscribe<PaymentExpired>();
        await using var worker = await OutboxWorker.StartAsync(place.VirtualHost, place.Database);
        var (newer, known) = (Event(Guid.CreateVersion7(), 1), Event(Guid.CreateVersion7(), 2));
        var unknown = new OutboxMessage
        {
            MessageId = newer.MessageId,
            MessageType = "Gateway.Contracts.PaymentMoved",
            OrderingKey = newer.OrderingKey,
            Body = newer.Body,
            MustArrive = false,
            CreatedAt = newer.CreatedAt,
        };

        await worker.WriteAsync(unknown, known);

        Assert.Equal(known.MessageId.ToString(), (await published.WaitUntilReceivedAsync()).Properties.MessageId);
        await worker.WaitUntilAsync(state => state is { Waiting: 1, Refused: 1, Unreadable: 0, OldestAt: not null }, "it waits");
        var stuck = Assert.Single(await worker.WaitUntilStuckAsync(stuck => stuck.Count == 1, "it is named"));
        Assert.Equal("This version of the worker knows no contract Gateway.Contracts.PaymentMoved.", stuck.Reason);
        Assert.NotNull(stuck.NotBefore);

        // As if the next one to try it were of a version that knows it.
        await place.Database.ExecuteAsync($"update outbox_messages set message_type = '{newer.MessageType}'");
        Assert.Equal(newer.MessageId.ToString(), (await published.WaitUntilReceivedAsync()).Properties.MessageId);
        await worker.WaitUntilAsync(state => state is { Waiting: 0 }, "it is gone");
    }

    internal static readonly BusFeature TakesWebhooks = new(
        _ => { },
        (bus, _) => bus.ReceiveEndpoint("kept", endpoint =>
        {
            // Without a consumer every message goes on to kept_skipped, where a test finds it.
            endpoint.ConfigureConsumeTopology = false;
            ((MassTransit.IRabbitMqReceiveEndpointConfigurator)endpoint).Bind<DeliverWebhook>();
        }));

    internal static OutboxMessage Event(Guid key, int number) => OutboxMessage.Create(
        new PaymentExpired { PaymentId = key, MerchantId = $"{number}", ExpiredAt = TimeProvider.System.GetUtcNow() },
        Guid.CreateVersion7(),
        key.ToString(),
        mustArrive: false,
        TimeProvider.System.GetUtcNow().UtcDateTime);

    internal static OutboxMessage Webhook(int bytes = 0)
    {
        var payload = JsonSerializer.SerializeToElement(new { amount = "1.10", note = new string('x', bytes) });
        var delivery = new DeliverWebhook { MerchantId = "1", Event = "payment.expired", Payload = payload };
        return OutboxMessage.Create(delivery, delivery.DeliveryId, "1", mustArrive: true, TimeProvider.System.GetUtcNow().UtcDateTime);
    }

    private sealed class Place(VirtualHost virtualHost, PostgresDatabase database, Broker broker) : IAsyncDisposable
    {
        public VirtualHost VirtualHost => virtualHost;

        public PostgresDatabase Database => database;

        public Broker Broker => broker;

        public static async Task<Place> CreateAsync(TestServers servers)
        {
            var virtualHost = await servers.RabbitMq.CreateVirtualHostAsync(Cancellation);
            return new Place(virtualHost, await servers.CreateMigratedDatabaseAsync(Cancellation), await Broker.Connect(virtualHost.Uri));
        }

        public async ValueTask DisposeAsync()
        {
            await broker.DisposeAsync();
            await database.DisposeAsync();
            await virtualHost.DisposeAsync();
        }
    }
}
