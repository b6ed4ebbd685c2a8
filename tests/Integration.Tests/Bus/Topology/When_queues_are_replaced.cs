using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Integration.Tests.Survival;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.Topology;
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

    // Kills it when it has moved some messages, while the queue of this type has some too.
    private async Task BreakOffAsync(Deployment gateway, string type)
    {
        using var kill = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var migrating = MigrateAsync(gateway, kill.Token);
        await Eventually.Read(
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

    private static Task<CommandResult> MigrateAsync(Deployment gateway, CancellationToken cancellationToken) => Command.RunAsync(
        ["dotnet", WorkerCommand.Assembly, "topology", "migrate"], cancellationToken, environment: gateway.Settings.InPlaceOfInherited());
}
