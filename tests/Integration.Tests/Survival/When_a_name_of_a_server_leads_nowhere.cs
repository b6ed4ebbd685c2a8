using System.Net;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>Of several servers one that cannot be found would be missed only when it is needed, so a worker says so when it starts.</summary>
public sealed class When_a_name_of_a_server_leads_nowhere(TestServers servers)
{
    private const string Nowhere = "no-such-host.invalid";

    // That of Redis is tried where its other servers are.
    private static readonly string[] Variables = ["RABBITMQ_HOST", "DB_HOST"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_work_with_those_that_are_found()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        foreach (var variable in Variables)
        {
            gateway.Settings[variable] += $",{Nowhere}";
        }

        var worker = await gateway.StartWorkerAsync();

        foreach (var variable in Variables)
        {
            await worker.WaitUntilLoggedAsync($"{variable}: the name '{Nowhere}' leads nowhere now: ");
        }

        await gateway.Publisher.PublishAsync(1, Cancellation);
        await gateway.WaitUntilEndedAsync(1);
        Assert.Equal(1, gateway.Merchant.Received.Value);
        Assert.Empty(await gateway.StopAndCountAsync());
    }

    [Fact]
    public async Task Should_wait_when_there_is_no_other()
    {
        await using var gateway = await Deployment.CreateAsync(servers);

        var worker = gateway.LaunchWorker([.. Variables.Select(variable => (variable, Nowhere))]);

        foreach (var variable in Variables)
        {
            await worker.WaitUntilLoggedAsync($"{variable}: the name '{Nowhere}' leads nowhere now: ");
        }

        await worker.WaitUntilLoggedAsync("Waiting for RabbitMQ at");
        await worker.WaitUntilLoggedAsync("Waiting for PostgreSQL at");
        await worker.WaitUntilAsync("live", HttpStatusCode.OK);
        await worker.WaitUntilAsync("ready", HttpStatusCode.ServiceUnavailable);
        Assert.Equal(0, await worker.StopAsync());
    }
}
