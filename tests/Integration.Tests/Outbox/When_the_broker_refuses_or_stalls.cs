using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Contracts;
using Gateway.Integration.Tests.Survival;
using Gateway.Testing;
using Gateway.Testing.Messaging;
using Gateway.Testing.Servers;
using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Outbox;

/// <summary>
/// A broker that closes the channel of a large message, and one that takes none for a while. (docs/faults.md: A16, A20, B5)
/// </summary>
public sealed class When_the_broker_refuses_or_stalls(OwnRabbitMq own) : IClassFixture<OwnRabbitMq>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_set_aside_what_is_too_large_for_it_and_publish_the_others()
    {
        await own.Servers.RabbitMq.NarrowAsync(Cancellation);
        await using var virtualHost = await own.Servers.RabbitMq.CreateVirtualHostAsync(Cancellation);
        await using var database = await own.Servers.CreateMigratedDatabaseAsync(Cancellation);
        await using var broker = await Broker.Connect(virtualHost.Uri);
        var published = await broker.Subscribe<PaymentExpired>();
        await using var worker = await OutboxWorker.StartAsync(virtualHost, database, When_messages_wait_in_the_outbox.TakesWebhooks);
        var large = When_messages_wait_in_the_outbox.Webhook(bytes: 40_000);
        var small = Enumerable.Range(0, 2_000)
            .Select(number => When_messages_wait_in_the_outbox.Event(Guid.CreateVersion7(), number)).ToArray();

        await worker.WriteAsync([large, .. small]);

        var arrived = new HashSet<string?>();
        while (arrived.Count < small.Length)
        {
            arrived.Add((await published.WaitUntilReceivedAsync()).Properties.MessageId);
        }

        var stuck = Assert.Single(await worker.WaitUntilStuckAsync(stuck => stuck.Count > 0, "it is named"));
        Assert.Equal((large.MessageId, large.MessageType, large.Body.Length), (stuck.MessageId, stuck.MessageType, stuck.Bytes));
        Assert.Contains("max_message_size", stuck.Reason, StringComparison.Ordinal);
        await worker.WaitUntilAsync(state => state is { Waiting: 1, Refused: 1 }, "only that one is left");
    }

    [Fact]
    public async Task Should_set_aside_what_is_too_large_although_nothing_is_beside_it()
    {
        await own.Servers.RabbitMq.NarrowAsync(Cancellation);
        await using var virtualHost = await own.Servers.RabbitMq.CreateVirtualHostAsync(Cancellation);
        await using var database = await own.Servers.CreateMigratedDatabaseAsync(Cancellation);
        await using var worker = await OutboxWorker.StartAsync(virtualHost, database, When_messages_wait_in_the_outbox.TakesWebhooks);
        var large = When_messages_wait_in_the_outbox.Webhook(bytes: 40_000);

        await worker.WriteAsync(large);

        var stuck = Assert.Single(await worker.WaitUntilStuckAsync(stuck => stuck.Count > 0, "it is named"));
        Assert.Equal(large.MessageId, stuck.MessageId);
        Assert.Contains("max_message_size", stuck.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_name_in_the_API_what_is_too_large_for_it()
    {
        await own.Servers.RabbitMq.NarrowAsync(Cancellation);
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        using var api = await gateway.OpenApiAsync(await gateway.StartWorkerAsync());
        var large = When_messages_wait_in_the_outbox.Webhook(bytes: 40_000);
        // That the broker takes some of these, of which not all can be confirmed together with the large one, tells that it is not away.
        var small = When_messages_wait_in_the_outbox.Event(Guid.CreateVersion7(), 1);

        await gateway.ExecuteAsync(
            $"""
            insert into outbox_messages (message_id, message_type, ordering_key, body, must_arrive, created_at)
            select '{large.MessageId}'::uuid, '{large.MessageType}', '{large.OrderingKey}', '{large.Body}', true, now()
            union all
            select gen_random_uuid(), '{small.MessageType}', 'small ' || n, '{small.Body}', false, now() from generate_series(1, 2000) n
            """);

        var outbox = await Eventually.Read(
            async () => (await api.GetFromJsonAsync<JsonObject>("/api/outbox", Cancellation))!,
            outbox => (int?)outbox["refused"] == 1,
            "It is refused");
        var stuck = Assert.Single(outbox["stuck"]!.AsArray())!;
        Assert.Equal(
            (large.MessageId, large.MessageType, large.Body.Length),
            ((Guid)stuck["message_id"]!, (string)stuck["message_type"]!, (int)stuck["bytes"]!));
        Assert.Contains("max_message_size", (string?)stuck["reason"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_have_no_transaction_open_while_the_broker_takes_nothing()
    {
        await using var virtualHost = await own.Servers.RabbitMq.CreateVirtualHostAsync(Cancellation);
        await using var database = await own.Servers.CreateMigratedDatabaseAsync(Cancellation);
        await using var worker = await OutboxWorker.StartAsync(virtualHost, database, When_messages_wait_in_the_outbox.TakesWebhooks);
        await own.Servers.RabbitMq.AlarmAsync(Cancellation);
        try
        {
            await worker.WriteAsync(When_messages_wait_in_the_outbox.Webhook());
            await Eventually.Read(worker.ReadAsync, messages => messages is [{ NotBefore: not null }], "it is taken");

            Assert.Equal(0L, await OpenTransactionsAsync(database.ConnectionString));
        }
        finally
        {
            await own.Servers.RabbitMq.CalmAsync(Cancellation);
        }

        await worker.WaitUntilAsync(state => state.Waiting == 0, "it is published");
    }

    private static async Task<object?> OpenTransactionsAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(
            """
            select count(*) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and state like 'idle in transaction%'
            """,
            connection);
        return await command.ExecuteScalarAsync(Cancellation);
    }
}
