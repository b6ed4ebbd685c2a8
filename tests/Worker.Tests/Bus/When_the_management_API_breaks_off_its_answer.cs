using System.Diagnostics.Metrics;
using Gateway.Testing;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Bus.Topology;
using Gateway.Worker.Configuration;
using Gateway.Worker.Ops.Queues;
using Gateway.Worker.Tests.Webhooks.Sending;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace Gateway.Worker.Tests.Bus;

public sealed class When_the_management_API_breaks_off_its_answer
{
    private const string BrokenOff = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n[";

    private static readonly GatewayQueues Queues = new([new QueueDescription(QueueNames.Webhooks, null)]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // The host ends with a background service that fails, and all deliveries with it.
    [Fact]
    public async Task Should_ask_for_the_alarms_again()
    {
        const string Alarm = """[{"name":"rabbit@one","mem_alarm":true,"disk_free_alarm":false}]""";
        var asked = 0;
        await using var management = new Endpoint(connection => Interlocked.Increment(ref asked) == 1
            ? BreakOffAsync(connection)
            : connection.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Alarm.Length}\r\n\r\n{Alarm}"));
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var time = new FakeTimeProvider();
        using var alarms = new BrokerAlarms(
            services.GetRequiredService<IMeterFactory>(), time, NullLogger<BrokerAlarms>.Instance, OptionsFor(management));

        await alarms.StartAsync(Cancellation);
        await Eventually.Comes(management.Requests.ReadAsync, "The first question");
        time.Advance(TimeSpan.FromSeconds(2));

        await Eventually.Read(
            () => alarms.ExecuteTask is { IsFaulted: true } failed ? throw failed.Exception! : Task.FromResult(alarms.Now),
            now => now == "memory alarm on rabbit@one",
            "The alarm of the second answer");
        await alarms.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Should_ask_the_broker_itself_for_the_depths_of_queues()
    {
        await using var management = new Endpoint(BreakOffAsync);
        await using var queues = new BrokerQueues(
            OptionsFor(management), Queues, new DelayedDestinations([]), TimeProvider.System, NullLogger<BrokerQueues>.Instance);

        // Nobody listens there either.
        await Assert.ThrowsAsync<BrokerUnreachableException>(() => queues.ReadAsync(Queues.Names, Cancellation));
    }

    [Fact]
    public async Task Should_say_that_the_queues_cannot_be_checked()
    {
        await using var management = new Endpoint(BreakOffAsync);
        using var check = new TopologyCheck(OptionsFor(management), Queues, new DelayedDestinations([]));

        await Assert.ThrowsAsync<TopologyUnknownException>(() => check.ReadAsync(Cancellation));
    }

    private static async Task BreakOffAsync(Connection connection)
    {
        await connection.WriteAsync(BrokenOff);
        connection.Close();
    }

    [Fact]
    public async Task Should_ask_the_next_node_and_stay_with_it()
    {
        const string Answer = """[{"name":"webhooks","messages_ready":3,"messages_unacknowledged":0,"consumers":1}]""";
        await using var broken = new Endpoint(BreakOffAsync);
        await using var failing = new Endpoint(connection => connection.WriteAsync("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"));
        await using var well = new Endpoint(connection => connection.WriteAsync(
            $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Answer.Length}\r\n\r\n{Answer}"));
        await using var queues = new BrokerQueues(
            OptionsFor(broken, failing, well), Queues, new DelayedDestinations([]), TimeProvider.System, NullLogger<BrokerQueues>.Instance);

        Assert.Equal(3, (await queues.ReadAsync(Queues.Names, Cancellation))[QueueNames.Webhooks].Ready);
        Assert.Equal(3, (await queues.ReadAsync(Queues.Names, Cancellation))[QueueNames.Webhooks].Ready);

        Assert.Equal((1, 1, 2), (broken.Requests.Count, failing.Requests.Count, well.Requests.Count));
    }

    private static RabbitMqOptions OptionsFor(params Endpoint[] management) => new()
    {
        // Nobody listens on the port of tcpmux.
        Nodes = [new ServerAddress("127.0.0.1", 1)],
        VirtualHost = "/",
        User = "guest",
        Password = "guest",
        Heartbeat = TimeSpan.FromSeconds(10),
        QueueType = QueueType.Classic,
        ManagementUrls = [.. management.Select(node => new Uri($"http://127.0.0.1:{node.Port}"))],
    };
}
