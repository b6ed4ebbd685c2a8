using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Integration.Tests.Survival;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Bus;

/// <summary>A RabbitMQ with a listener for TLS, on which the name in a certificate is the user.</summary>
public sealed class When_a_certificate_is_who_the_worker_is(OwnRabbitMq own) : IClassFixture<OwnRabbitMq>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_sign_in_with_it_and_be_told_when_nobody_is_called_so()
    {
        using var authority = new TestAuthority("the company's");
        var rabbitMq = own.Servers.RabbitMq;
        var port = await rabbitMq.EncryptAsync(authority.Issue("127.0.0.1"), authority, Cancellation);
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        await rabbitMq.AddUserAsync("worker", gateway.BrokerUri.AbsolutePath[1..], Cancellation);
        gateway.Settings["RABBITMQ_PORT"] = $"{port}";
        gateway.Settings["RABBITMQ_MANAGEMENT_URL"] = rabbitMq.ManagementUrl.ToString();
        (gateway.Settings["RABBITMQ_TLS"], gateway.Settings["RABBITMQ_CA_FILE"]) = ("on", authority.File);
        gateway.Settings["RABBITMQ_AUTH"] = "certificate";
        (gateway.Settings["RABBITMQ_CERT_FILE"], gateway.Settings["RABBITMQ_KEY_FILE"]) = authority.Write(authority.Issue("worker"));

        await gateway.StartWorkerAsync();
        await gateway.Publisher.PublishAsync(1, Cancellation);
        await gateway.WaitUntilEndedAsync(1);
        var connections = await rabbitMq.Management.GetFromJsonAsync<JsonArray>($"api/vhosts{gateway.BrokerUri.AbsolutePath}/connections", Cancellation);
        Assert.All(
            connections!.Where(connection => ((string?)connection!["user_provided_name"])?.StartsWith("Gateway.Worker", StringComparison.Ordinal) == true),
            connection => Assert.Equal("worker", (string?)connection!["user"]));

        (gateway.Settings["RABBITMQ_CERT_FILE"], gateway.Settings["RABBITMQ_KEY_FILE"]) = authority.Write(authority.Issue("nobody"));
        await using var stranger = WorkerProcess.Launch(gateway.Settings);
        await stranger.WaitUntilLoggedAsync($"Waiting for RabbitMQ at 127.0.0.1:{port}: ");
    }
}
