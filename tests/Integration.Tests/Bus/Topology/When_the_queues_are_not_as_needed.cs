using System.Net.Http.Json;
using Gateway.Integration.Tests.Survival;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Bus.Topology;

/// <summary>What an operator has made of the queues, or an earlier build, is told at start and on demand, with the remedy.</summary>
public sealed class When_the_queues_are_not_as_needed(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_tell_queue_setting_and_remedy_go_on_with_the_others_and_be_content_when_that_was_done()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        gateway.Settings["RABBITMQ_MANAGEMENT_URL"] = gateway.ManagementUrl.ToString();
        // As an earlier build has declared it, which is no other queue than ours.
        await DeclareAsync(gateway, "webhooks", []);
        await DeclareAsync(gateway, "reports", new() { ["x-queue-type"] = "quorum" });
        await SetPolicyAsync("policies", "short", "^webhooks_error$", new Dictionary<string, int> { ["message-ttl"] = 60_000, ["expires"] = 3_600_000 });
        await SetPolicyAsync("operator-policies", "few", "^periodic$", new Dictionary<string, int> { ["max-length"] = 10 });

        var worker = gateway.LaunchWorker();
        await worker.WaitUntilLoggedAsync("Queue reports is not as the worker needs it: x-queue-type is quorum, and needed is classic. Set RABBITMQ_QUEUE_TYPE=quorum");
        await worker.WaitUntilLoggedAsync("Queue webhooks_error is not as the worker needs it: message-ttl is 60000 by policy 'short', and needed is none");
        await worker.WaitUntilLoggedAsync("Queue periodic is not as the worker needs it: max-length is 10 by operator policy 'few', and needed is none");
        await gateway.Publisher.PublishAsync(10, Cancellation);
        await gateway.WaitUntilEndedAsync(10);

        var check = await CheckAsync(gateway);
        Assert.Equal(1, check.ExitCode);
        Assert.Equal(
            ["periodic: max-length", "reports: x-queue-type", "webhooks_error: expires", "webhooks_error: message-ttl"],
            check.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..line.IndexOf(" is ", StringComparison.Ordinal)]).Order());

        await DeleteAsync("policies", "short");
        await DeleteAsync("operator-policies", "few");
        await DeleteAsync("queues", "reports");
        await worker.WaitUntilLoggedAsync("Queue reports is as the worker needs it, and is taken from");
        var content = await Eventually.Read(() => CheckAsync(gateway), result => result.ExitCode == 0, "a check that finds nothing");
        Assert.StartsWith("All ", content.Output, StringComparison.Ordinal);
        Assert.Empty(content.Errors);

        Task SetPolicyAsync(string kind, string name, string pattern, Dictionary<string, int> definition) => SendAsync(
            HttpMethod.Put, kind, name, JsonContent.Create(new Dictionary<string, object>
            {
                ["pattern"] = pattern,
                ["definition"] = definition,
                ["apply-to"] = "queues",
            }));

        Task DeleteAsync(string kind, string name) => SendAsync(HttpMethod.Delete, kind, name, content: null);

        async Task SendAsync(HttpMethod method, string kind, string name, HttpContent? content)
        {
            using var request = new HttpRequestMessage(method, $"api/{kind}{gateway.BrokerUri.AbsolutePath}/{name}") { Content = content };
            using var answer = await servers.RabbitMq.Management.SendAsync(request, Cancellation);
            answer.EnsureSuccessStatusCode();
        }
    }

    [Fact]
    public async Task Should_say_that_they_cannot_be_checked_where_nobody_tells_of_them()
    {
        // Nobody listens on the port of tcpmux.
        var check = await WorkerCommand.RunAsync(
            ["topology", "check"], ("GATEWAY_MODE", "full"), ("RABBITMQ_MANAGEMENT_URL", "http://127.0.0.1:1"));

        Assert.Equal((3, ""), (check.ExitCode, check.Output));
        Assert.StartsWith("The queues cannot be checked: RabbitMQ's management API at 127.0.0.1:1 does not tell of them: ", check.Errors, StringComparison.Ordinal);
    }

    private static Task<CommandResult> CheckAsync(Deployment gateway) => WorkerCommand.RunAsync(
        ["topology", "check"], [.. gateway.Settings.Select(variable => (variable.Key, variable.Value))]);

    private static async Task DeclareAsync(Deployment gateway, string queue, Dictionary<string, object?> arguments)
    {
        await using var connection = await new ConnectionFactory { Uri = gateway.BrokerUri }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: Cancellation);
    }
}
