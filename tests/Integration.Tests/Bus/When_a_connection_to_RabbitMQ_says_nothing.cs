using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.Topology;
using Gateway.Worker.Configuration;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Bus;

/// <summary>The connection is open, as far as the client knows, and nothing comes back on it any more.</summary>
public sealed class When_a_connection_to_RabbitMQ_says_nothing(TestServers servers)
{
    private const string Queue = "letters";

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_publish_the_next_message_on_another_one()
    {
        await using var virtualHost = await servers.RabbitMq.CreateVirtualHostAsync(Cancellation);
        await using var relay = new TcpRelay(virtualHost.Server.Host, virtualHost.Server.Port);
        await using var publisher = new DirectPublisher(OptionsFor(virtualHost, relay), "testing", _time);
        await publisher.DeclareAsync(Queue, Cancellation);
        await publisher.PublishAsync(PublishRoute.ToQueue(Queue), new BasicProperties(), "first"u8.ToArray(), Cancellation);

        await relay.FreezeAsync();
        var unheard = publisher.PublishAsync(PublishRoute.ToQueue(Queue), new BasicProperties(), "unheard"u8.ToArray(), Cancellation);
        await PassTimeUntilAsync(unheard);
        await Assert.ThrowsAsync<TimeoutException>(() => unheard);
        await publisher.PublishAsync(PublishRoute.ToQueue(Queue), new BasicProperties(), "second"u8.ToArray(), Cancellation);

        Assert.Equal(["first", "second"], await ReadAsync(virtualHost));
    }

    [Fact]
    public async Task Should_open_the_next_channel_on_another_one_whoever_ended_the_wait_for_the_first()
    {
        await using var virtualHost = await servers.RabbitMq.CreateVirtualHostAsync(Cancellation);
        await using var relay = new TcpRelay(virtualHost.Server.Host, virtualHost.Server.Port);
        await using var connection = new BrokerConnection(OptionsFor(virtualHost, relay), "testing", _time);
        await (await connection.OpenChannelAsync(hasConfirms: false, Cancellation)).CloseAsync(Cancellation);

        await relay.FreezeAsync();
        using var impatience = new CancellationTokenSource();
        var unheard = connection.OpenChannelAsync(hasConfirms: false, impatience.Token);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => unheard);
        var channel = await connection.OpenChannelAsync(hasConfirms: false, Cancellation);

        Assert.True(channel.IsOpen);
    }

    private async Task PassTimeUntilAsync(Task task)
    {
        await Eventually.Catch(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(task.IsCompleted);
            },
            isCompleted => isCompleted,
            "The end of the wait for a confirm");
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(VirtualHost virtualHost)
    {
        await using var connection = await new ConnectionFactory { Uri = virtualHost.Uri }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        var messages = new List<string>();
        while (await channel.BasicGetAsync(Queue, autoAck: true, Cancellation) is { } message)
        {
            messages.Add(System.Text.Encoding.UTF8.GetString(message.Body.Span));
        }

        return messages;
    }

    private static RabbitMqOptions OptionsFor(VirtualHost virtualHost, TcpRelay relay) => new()
    {
        Nodes = [new ServerAddress("127.0.0.1", relay.Port)],
        VirtualHost = virtualHost.Name,
        User = virtualHost.Server.User,
        Password = virtualHost.Server.Password,
        Heartbeat = TimeSpan.FromMinutes(1),
        QueueType = QueueType.Classic,
        ManagementUrls = [virtualHost.Server.ManagementUrl],
    };
}
