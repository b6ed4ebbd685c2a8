using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Integration.Tests.Survival;
using Gateway.Persistence.JobLog;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Bus.Topology;

/// <summary>
/// The default of a virtual host is for queues that are declared without a type, and the worker declares each with its own.
/// </summary>
public sealed class When_a_virtual_host_prefers_quorum_queues(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_deliver_try_again_and_give_up_by_classic_queues()
    {
        var overview = await servers.RabbitMq.Management.GetFromJsonAsync<JsonObject>("api/overview", Cancellation);
        var version = Version.Parse(((string)overview!["rabbitmq_version"]!).Split('-', '+')[0]);
        Assert.SkipWhen(version < new Version(3, 11), $"A virtual host has a default type since RabbitMQ 3.11, and this is {version}");
        await using var gateway = await Deployment.CreateAsync(servers);
        gateway.Settings["RABBITMQ_MANAGEMENT_URL"] = gateway.ManagementUrl.ToString();
        gateway.Settings["RABBITMQ_QUEUE_TYPE"] = "classic";
        await PreferQuorumAsync(gateway);
        var (recovers, dies) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        gateway.Merchant.Answer = (id, post) => id == dies || (id == recovers && post == 1) ? 500 : 200;
        var worker = await gateway.StartWorkerAsync();

        var delivered = Assert.Single(await gateway.Publisher.PublishAsync(1, Cancellation));
        Assert.True(await gateway.Publisher.TryPublishAsync(recovers, Cancellation));
        Assert.True(await gateway.Publisher.TryPublishAsync(dies, Cancellation));
        var runs = await gateway.WaitUntilEndedAsync(3);
        await gateway.WaitUntilDeadLettersAsync(1);

        Assert.Equal([JobState.Succeeded], StatesOf(delivered));
        Assert.Equal([JobState.Retrying, JobState.Succeeded], StatesOf(recovers));
        Assert.Equal([JobState.Retrying, JobState.Retrying, JobState.Dead], StatesOf(dies));
        Assert.All(await ReadTypesAsync(gateway), queue => Assert.Equal("classic", queue.Value));
        var check = await WorkerCommand.RunAsync(
            ["topology", "check"], [.. gateway.Settings.Select(variable => (variable.Key, variable.Value))]);
        Assert.True(check.ExitCode == 0, check.Output + check.Errors);
        Assert.DoesNotContain("not as the worker needs it", worker.Output, StringComparison.Ordinal);
        Assert.Empty(await gateway.StopAndCountAsync());

        IEnumerable<JobState> StatesOf(Guid id) => runs.Where(run => run.JobId == id).OrderBy(run => run.Attempt).Select(run => run.State);
    }

    /// <summary>Sets the default, and sees it take effect for a queue of somebody who names no type.</summary>
    private async Task PreferQuorumAsync(Deployment gateway)
    {
        using var set = await servers.RabbitMq.Management.PutAsJsonAsync(
            $"api/vhosts{gateway.BrokerUri.AbsolutePath}", new { default_queue_type = "quorum" }, Cancellation);
        set.EnsureSuccessStatusCode();
        await using var connection = await new ConnectionFactory { Uri = gateway.BrokerUri }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        await channel.QueueDeclareAsync("somebody's", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancellation);
        Assert.Equal("quorum", (await ReadTypesAsync(gateway))["somebody's"]);
        await channel.QueueDeleteAsync("somebody's", cancellationToken: Cancellation);
    }

    private async Task<IReadOnlyDictionary<string, string>> ReadTypesAsync(Deployment gateway)
    {
        var queues = await servers.RabbitMq.Management.GetFromJsonAsync<JsonArray>(
            $"api/queues{gateway.BrokerUri.AbsolutePath}?columns=name,type", Cancellation);
        return queues!.ToDictionary(queue => (string)queue!["name"]!, queue => (string)queue!["type"]!);
    }
}
