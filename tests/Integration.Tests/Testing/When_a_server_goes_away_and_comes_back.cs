using Gateway.Testing.Servers;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Testing;

public sealed class When_a_server_goes_away_and_comes_back(OwnOfEach own) : IClassFixture<OwnOfEach>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_find_the_persistent_message_of_a_killed_broker()
    {
        await using var virtualHost = await own.Servers.RabbitMq.CreateVirtualHostAsync(Cancellation);
        var broker = new ConnectionFactory { Uri = virtualHost.Uri, AutomaticRecoveryEnabled = false };
        await using (var connection = await broker.CreateConnectionAsync(Cancellation))
        {
            var confirms = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
            await using var channel = await connection.CreateChannelAsync(confirms, Cancellation);
            await channel.QueueDeclareAsync("jobs", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancellation);
            var persistent = new BasicProperties { Persistent = true };
            await channel.BasicPublishAsync("", "jobs", mandatory: true, persistent, "survivor"u8.ToArray(), Cancellation);
            // Killed within moments, RabbitMQ 3.10 has once forgotten the definition that it had confirmed last: let it be another.
            await channel.QueueDeclareAsync("later", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancellation);
        }

        await using (await own.Servers.RabbitMq.KillAsync(Cancellation))
        {
            await Assert.ThrowsAsync<BrokerUnreachableException>(() => broker.CreateConnectionAsync(Cancellation));
        }

        await using var again = await broker.CreateConnectionAsync(Cancellation);
        await using var reader = await again.CreateChannelAsync(cancellationToken: Cancellation);
        var survivor = await reader.BasicGetAsync("jobs", autoAck: true, Cancellation);
        Assert.Equal("survivor"u8.ToArray(), survivor!.Body.ToArray());
    }

    [Fact]
    public async Task Should_find_the_key_of_a_stopped_redis()
    {
        using var database = await own.Servers.Redis.CreateDatabaseAsync();
        await using (var redis = await ConnectionMultiplexer.ConnectAsync(database.ConnectionString))
        {
            await redis.GetDatabase().StringSetAsync("saga", "state");
        }

        await using (await own.Servers.Redis.StopAsync(Cancellation))
        {
            await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync(database.ConnectionString));
        }

        await using var again = await ConnectionMultiplexer.ConnectAsync(database.ConnectionString);
        Assert.Equal("state", await again.GetDatabase().StringGetAsync("saga"));
    }

    [Fact]
    public async Task Should_find_the_committed_row_of_a_killed_database()
    {
        await using var database = await own.Servers.Postgres.CreateDatabaseAsync(Cancellation);
        await database.ExecuteAsync("CREATE TABLE payments AS SELECT 42 AS id");

        await using (await own.Servers.Postgres.KillAsync(Cancellation))
        {
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => database.ExecuteAsync("SELECT 1"));
        }

        NpgsqlConnection.ClearAllPools();
        Assert.Equal(42, await database.ExecuteAsync("SELECT id FROM payments"));
    }
}
