using System.Net;
using Gateway.Testing.Servers;
using Npgsql;
using RabbitMQ.Client;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Testing;

public sealed class When_a_test_asks_for_a_server(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_get_a_virtual_host_of_its_own()
    {
        VirtualHost kept;
        await using (kept = await servers.RabbitMq.CreateVirtualHostAsync(Cancellation))
        {
            await using var connection = await new ConnectionFactory { Uri = kept.Uri }.CreateConnectionAsync(Cancellation);
            await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
            await channel.QueueDeclareAsync("jobs", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancellation);
            await channel.BasicPublishAsync("", "jobs", "hello"u8.ToArray(), Cancellation);

            var received = await channel.BasicGetAsync("jobs", autoAck: true, Cancellation);

            Assert.Equal("hello"u8.ToArray(), received!.Body.ToArray());
        }

        using var gone = await servers.RabbitMq.Management.GetAsync($"api/vhosts/{kept.Name}", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task Should_get_an_empty_redis_database()
    {
        var first = await servers.Redis.CreateDatabaseAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(first.ConnectionString);
        await redis.GetDatabase().StringSetAsync("left behind", "yes");

        var next = await servers.Redis.CreateDatabaseAsync();
        Assert.NotEqual(first.Number, next.Number);
        Assert.True(await redis.GetDatabase().KeyExistsAsync("left behind"));

        first.Dispose();
        // Sooner or later the number comes round again.
        while (next.Number != first.Number)
        {
            next.Dispose();
            next = await servers.Redis.CreateDatabaseAsync();
        }

        next.Dispose();
        Assert.False(await redis.GetDatabase().KeyExistsAsync("left behind"));
    }

    [Fact]
    public async Task Should_get_a_database_of_its_own_and_copies_of_it()
    {
        PostgresDatabase copy;
        await using (var original = await servers.Postgres.CreateDatabaseAsync(Cancellation))
        {
            await original.ExecuteAsync("CREATE TABLE payments AS SELECT 42 AS id");
            NpgsqlConnection.ClearAllPools();
            await using (copy = await servers.Postgres.CreateDatabaseAsync(Cancellation, template: original.Name))
            {
                Assert.Equal(42, await copy.ExecuteAsync("SELECT id FROM payments"));
            }
        }

        var refused = await Assert.ThrowsAsync<PostgresException>(() => copy.ExecuteAsync("SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InvalidCatalogName, refused.SqlState);
    }
}
