using Gateway.Integration.Tests.Survival;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.Topology;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Partitions;

public sealed class When_the_number_of_partitions_changes(TestServers servers)
{
    private const string Variable = "WEBHOOK_PARTITIONS";
    private const int Deliveries = 300;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What is in the queues when the number changes is delivered, whatever it was and will be.</summary>
    [Theory]
    [InlineData("classic")]
    [InlineData("quorum")]
    public async Task Should_lose_nothing_of_what_waits_and_leave_no_queue_behind(string type)
    {
        await using var gateway = await NewGatewayAsync();
        gateway.Settings["RABBITMQ_QUEUE_TYPE"] = type;
        var all = new List<Guid>();
        foreach (var partitions in new[] { "1", "3", "2" })
        {
            gateway.Settings[Variable] = partitions;
            var worker = await gateway.StartWorkerAsync();
            await WaitUntilSpreadAsync(gateway, int.Parse(partitions, null));
            await gateway.WaitUntilEndedAsync(all.Count);
            Assert.Equal(0, await worker.StopAsync());
            all.AddRange(await gateway.Publisher.PublishAsync(Deliveries, Cancellation));
        }

        gateway.Settings[Variable] = "1";
        await gateway.StartWorkerAsync();
        await gateway.WaitUntilEndedAsync(all.Count);
        await WaitUntilGoneAsync(gateway);
        all.AddRange(await gateway.Publisher.PublishAsync(Deliveries, Cancellation));
        await gateway.WaitUntilEndedAsync(all.Count);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(all.Order(), gateway.Merchant.Posts.Keys.Order());
        Assert.All(gateway.Merchant.Posts, post => Assert.Equal(1, post.Value));
    }

    /// <summary>As while they are rolled: each leads to its own, and what both lead is found by one of them.</summary>
    [Fact]
    public async Task Should_lose_nothing_while_workers_have_different_numbers()
    {
        await using var gateway = await NewGatewayAsync();
        await gateway.StartWorkerAsync((Variable, "1"));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var publishing = PublishUntilAsync(gateway, end.Token);

        var three = await gateway.StartWorkerAsync((Variable, "3"));
        await WaitUntilSpreadAsync(gateway, 3);
        await gateway.StartWorkerAsync((Variable, "2"));
        await gateway.WaitUntilEndedAsync(Deliveries);
        await three.KillAsync();
        await end.CancelAsync();
        var all = await publishing;

        await gateway.WaitUntilEndedAsync(all.Count);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(all.Order(), gateway.Merchant.Posts.Keys.Order());
    }

    /// <summary>They have a name as a partition has, but not its number, or not its arguments.</summary>
    [Fact]
    public async Task Should_leave_queues_of_somebody_else_alone()
    {
        var typed = new Dictionary<string, object?> { ["x-queue-type"] = "classic" };
        await using var gateway = await NewGatewayAsync();
        await using var connection = await new ConnectionFactory { Uri = gateway.BrokerUri }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        await DeclareAsync("webhooks.33", typed);
        await DeclareAsync("webhooks.2", []);
        await DeclareAsync("webhooks.3", typed);
        await channel.BasicPublishAsync("", "webhooks.33", "parked"u8.ToArray(), Cancellation);
        await channel.BasicPublishAsync("", "webhooks.2", "parked"u8.ToArray(), Cancellation);

        await gateway.StartWorkerAsync();

        // That one is as left over. All are looked at together.
        await Eventually.Read(() => IsThereAsync(gateway, "webhooks.3"), isThere => !isThere, "webhooks.3 is gone");
        Assert.Equal(1u, await channel.MessageCountAsync("webhooks.33", Cancellation));
        Assert.Equal(1u, await channel.MessageCountAsync("webhooks.2", Cancellation));

        Task DeclareAsync(string name, Dictionary<string, object?> arguments) => channel.QueueDeclareAsync(
            name, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: Cancellation);
    }

    [Fact]
    public async Task Should_lead_everything_there_again_after_the_broker_has_lost_its_data()
    {
        await using var gateway = await NewGatewayAsync();
        gateway.Settings[Variable] = "3";
        await gateway.StartWorkerAsync();
        await WaitUntilSpreadAsync(gateway, 3);

        await gateway.LoseRabbitMqAsync();

        await WaitUntilSpreadAsync(gateway, 3);
        var ids = await Eventually.Read(
            async () => await TryPublishAsync(gateway), ids => ids is not null, "what is published goes somewhere");
        await gateway.WaitUntilEndedAsync(ids!.Count);
        Assert.Equal(ids.Order(), gateway.Merchant.Posts.Keys.Order());
    }

    private static async Task<IReadOnlyList<Guid>?> TryPublishAsync(Deployment gateway)
    {
        var id = Guid.CreateVersion7();
        return await gateway.Publisher.TryPublishAsync(id, Cancellation) ? [id] : null;
    }

    private static async Task<List<Guid>> PublishUntilAsync(Deployment gateway, CancellationToken end)
    {
        var ids = new List<Guid>();
        while (!end.IsCancellationRequested)
        {
            ids.AddRange(await gateway.Publisher.PublishAsync(20, Cancellation));
        }

        return ids;
    }

    private async Task<Deployment> NewGatewayAsync()
    {
        var gateway = await Deployment.CreateAsync(servers);
        gateway.Settings["RABBITMQ_MANAGEMENT_URL"] = gateway.ManagementUrl.ToString();
        return gateway;
    }

    private static async Task WaitUntilSpreadAsync(Deployment gateway, int partitions)
    {
        for (var number = 2; number <= partitions; number++)
        {
            var name = QueueNames.PartitionOf(QueueNames.Webhooks, number);
            await Eventually.Read(() => IsThereAsync(gateway, name), isThere => isThere, $"{name} is there");
        }
    }

    private static async Task WaitUntilGoneAsync(Deployment gateway)
    {
        for (var number = 2; number <= 3; number++)
        {
            var name = QueueNames.PartitionOf(QueueNames.Webhooks, number);
            await Eventually.Read(() => IsThereAsync(gateway, name), isThere => !isThere, $"{name} is gone");
        }
    }

    private static async Task<bool> IsThereAsync(Deployment gateway, string queue)
    {
        await using var connection = new BrokerConnection(RabbitMqOptions.Read(new(gateway.Settings.ToConfiguration())), "looking", TimeProvider.System);
        return await new QueueTransfer(connection).FindAsync(queue, Cancellation) is not null;
    }
}
