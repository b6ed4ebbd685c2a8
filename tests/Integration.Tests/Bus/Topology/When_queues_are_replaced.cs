using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Integration.Tests.Survival;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.Topology;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Bus.Topology;

/// <summary><c>topology migrate</c>: from classic queues to quorum queues.</summary>
public sealed class When_queues_are_replaced(TestServers servers)
{
    private const int Deliveries = 3_000;

    private static readonly string Aside = QueueMigration.AsideOf(QueueNames.Webhooks);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_keep_every_message_although_it_is_killed_on_the_way_out_and_on_the_way_back()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        gateway.Settings["RABBITMQ_MANAGEMENT_URL"] = gateway.ManagementUrl.ToString();
        Assert.Equal(0, await (await gateway.StartWorkerAsync()).StopAsync());
        var ids = await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
        gateway.Settings["RABBITMQ_QUEUE_TYPE"] = "quorum";

        await BreakOffAsync(gateway, "classic");
        // What is published now goes where it is not lost.
        var later = await gateway.Publisher.PublishAsync(1, Cancellation);
        await BreakOffAsync(gateway, "quorum");
        var migrated = await MigrateAsync(gateway, Cancellation);
        Assert.True(migrated.ExitCode == 0, migrated.Errors);
        Assert.Equal("Nothing was to be replaced.", (await MigrateAsync(gateway, Cancellation)).Output.Trim());

        var worker = await gateway.StartWorkerAsync();
        await gateway.WaitUntilEndedAsync(Deliveries + 1);
        Assert.DoesNotContain("not as the worker needs it", worker.Output, StringComparison.Ordinal);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(ids.Concat(later).Order(), gateway.Merchant.Posts.Keys.Order());
    }

    [Fact]
    public async Task Should_change_nothing_of_a_queue_that_is_consumed()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        gateway.Settings["RABBITMQ_MANAGEMENT_URL"] = gateway.ManagementUrl.ToString();
        await gateway.StartWorkerAsync();
        gateway.Settings["RABBITMQ_QUEUE_TYPE"] = "quorum";

        var refused = await MigrateAsync(gateway, Cancellation);

        Assert.Equal((1, "webhooks has 1 consumers. Stop all workers first"), (refused.ExitCode, refused.Errors.Trim()));
        await gateway.Publisher.PublishAsync(10, Cancellation);
        await gateway.WaitUntilEndedAsync(10);
    }

    [Fact]
    public async Task Should_be_told_of_when_it_was_broken_off_and_end_only_when_no_worker_is_there()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        gateway.Settings["RABBITMQ_MANAGEMENT_URL"] = gateway.ManagementUrl.ToString();
        Assert.Equal(0, await (await gateway.StartWorkerAsync()).StopAsync());
        await LeaveAsAfterTheDeletionAsync(gateway);
        var ids = await gateway.Publisher.PublishAsync(10, Cancellation);

        var worker = gateway.LaunchWorker();
        await worker.WaitUntilLoggedAsync(
            "Queue webhooks.moving is not as the worker needs it: a migration is broken off, and needed is none. Stop all workers, and 'Gateway.Worker topology migrate' brings");
        var check = await RunAsync(gateway, "check", Cancellation);
        Assert.Equal(1, check.ExitCode);
        Assert.Contains("webhooks.moving: a migration is broken off, and the worker needs none. Stop all workers", check.Output, StringComparison.Ordinal);
        var refused = await MigrateAsync(gateway, Cancellation);
        Assert.Equal((1, "webhooks has 1 consumers. Stop all workers first"), (refused.ExitCode, refused.Errors.Trim()));

        Assert.Equal(0, await worker.StopAsync());
        Assert.Equal("webhooks: replaced, with 10 messages", (await MigrateAsync(gateway, Cancellation)).Output.Trim());
        Assert.Equal(0, (await RunAsync(gateway, "check", Cancellation)).ExitCode);
        await gateway.StartWorkerAsync();
        await gateway.WaitUntilEndedAsync(ids.Count);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(ids.Order(), gateway.Merchant.Posts.Keys.Order());
    }

    // What is published goes to the queue beside it, and there is no queue of the name.
    private static async Task LeaveAsAfterTheDeletionAsync(Deployment gateway)
    {
        await using var connection = await new ConnectionFactory { Uri = gateway.BrokerUri }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        var arguments = QueueArguments.Of(QueueType.Classic, QueueNames.ErrorsOf(QueueNames.Webhooks));
        await channel.QueueDeclareAsync(
            Aside,
            durable: true,
            exclusive: false,
            autoDelete: false,
            arguments.ToDictionary(pair => pair.Key, pair => (object?)pair.Value),
            cancellationToken: Cancellation);
        await channel.QueueBindAsync(Aside, QueueNames.Webhooks, "", cancellationToken: Cancellation);
        await channel.QueueDeleteAsync(QueueNames.Webhooks, ifUnused: false, ifEmpty: true, cancellationToken: Cancellation);
    }

    // Kills it when it has moved some messages, while the queue of this type has some too.
    private async Task BreakOffAsync(Deployment gateway, string type)
    {
        using var kill = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var migrating = MigrateAsync(gateway, kill.Token);
        await Eventually.Catch(
            async () => migrating.IsCompleted
                || ((await gateway.Publisher.CountMessagesAsync([Aside, QueueNames.Webhooks], Cancellation)).Count == 2 && await TypeAsync() == type),
            isBetween => isBetween,
            "Messages in both queues");
        await kill.CancelAsync();
        // A machine that is fast may be done before it is seen in between.
        await ((Task)migrating).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        async Task<string?> TypeAsync() => (string?)(await servers.RabbitMq.Management.GetFromJsonAsync<JsonObject>(
            $"api/queues{gateway.BrokerUri.AbsolutePath}/{QueueNames.Webhooks}?columns=type", Cancellation))!["type"];
    }

    private static Task<CommandResult> MigrateAsync(Deployment gateway, CancellationToken cancellationToken) =>
        RunAsync(gateway, "migrate", cancellationToken);

    private static Task<CommandResult> RunAsync(Deployment gateway, string verb, CancellationToken cancellationToken) => Command.RunAsync(
        ["dotnet", WorkerCommand.Assembly, "topology", verb], cancellationToken, environment: gateway.Settings.InPlaceOfInherited());
}
