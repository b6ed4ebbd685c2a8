using System.Diagnostics.Metrics;
using System.Net.Http.Json;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Configuration;
using Gateway.Worker.Ops.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Integration.Tests.Bus;

/// <summary>As a node is that has another Erlang cookie than the others: it answers, with queues of its own.</summary>
public sealed class When_nodes_are_of_several_clusters(OwnRabbitMq own, TestServers servers) : IClassFixture<OwnRabbitMq>
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_say_which_is_of_which_until_they_are_of_one()
    {
        Assert.SkipWhen(ReferenceEquals(own.Servers, servers), "The servers were given, and are not to be renamed.");
        await using var another = new OwnRabbitMq(servers);
        await another.InitializeAsync();
        var (first, second) = (own.Servers.RabbitMq, another.Servers.RabbitMq);
        await NameAsync(first, "rabbit@first");
        await NameAsync(second, "rabbit@second");
        await using var relay = new TcpRelay(second.Host, second.Port);
        using var watch = NewWatch($"{first.Host}:{first.Port},127.0.0.1:{relay.Port}");
        await using var metrics = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var alarms = new BrokerAlarms(metrics.GetRequiredService<IMeterFactory>(), _time, NullLogger<BrokerAlarms>.Instance);
        var health = new BrokerHealth(alarms, watch);

        await watch.StartAsync(Cancellation);
        var complaint = await Eventually.Read(() => Task.FromResult(watch.Complaint), text => text is not null, "It is noticed");

        Assert.Equal(
            $"the nodes of RABBITMQ_HOST are not of one cluster: {first.Host}:{first.Port} is of rabbit@first, 127.0.0.1:{relay.Port} is of rabbit@second",
            complaint);
        var result = await health.CheckHealthAsync(new HealthCheckContext(), Cancellation);
        Assert.Equal((HealthStatus.Degraded, complaint), (result.Status, result.Description));

        // It is away, and has not joined the other one by that.
        await relay.RefuseAsync();
        await Eventually.Read(
            () =>
            {
                _time.Advance(TimeSpan.FromMinutes(5));
                return Task.FromResult(relay.Refused.Value);
            },
            refused => refused >= 4,
            "It was asked for again and again");
        Assert.Equal(complaint, watch.Complaint);
        relay.Accept();

        await NameAsync(second, "rabbit@first");
        await Eventually.Read(
            () =>
            {
                _time.Advance(TimeSpan.FromMinutes(5));
                return Task.FromResult(watch.Complaint);
            },
            text => text is null,
            "They are of one");
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync(new HealthCheckContext(), Cancellation)).Status);
        await watch.StopAsync(Cancellation);
    }

    private ClusterWatch NewWatch(string nodes)
    {
        var settings = new Settings(new Dictionary<string, string>
        {
            ["RABBITMQ_HOST"] = nodes,
            ["RABBITMQ_USER"] = own.Servers.RabbitMq.User,
            ["RABBITMQ_PASSWORD"] = own.Servers.RabbitMq.Password,
            ["RABBITMQ_VHOST"] = own.Servers.RabbitMq.VirtualHost,
        }.ToConfiguration());
        var options = RabbitMqOptions.Read(settings);
        settings.ThrowIfInvalid();
        return new ClusterWatch(options, _time, NullLogger<ClusterWatch>.Instance);
    }

    private static async Task NameAsync(RabbitMqServer node, string cluster)
    {
        using var named = await node.Management.PutAsJsonAsync("api/cluster-name", new { name = cluster }, Cancellation);
        named.EnsureSuccessStatusCode();
    }
}
