using System.Globalization;
using System.Net;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>
/// A standby is promoted under load, while the workers' connections to the old primary, which takes no writes any more, stay open.
/// (docs/faults.md: A2)
/// </summary>
public sealed class When_PostgreSQL_fails_over(TestServers servers)
{
    private const int Deliveries = 20_000;

    // It took an hour, as long as a connection to the old primary may live.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Should_go_on_at_the_new_primary_and_post_nothing_twice(bool isBehindOneAddress)
    {
        await using var own = new OwnPostgres(servers);
        await own.InitializeAsync();
        var postgres = own.Servers.Postgres;
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        var standby = await postgres.StartStandbyAsync(Cancellation);
        await using var relay = new TcpRelay(postgres.Host, postgres.Port);
        if (isBehindOneAddress)
        {
            gateway.Settings["DB_PORT"] = relay.Port.ToString(CultureInfo.InvariantCulture);
        }
        else
        {
            gateway.UseStandby(standby);
        }

        var worker = await gateway.StartWorkerAsync();
        var published = await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
        await gateway.Merchant.Received.WaitUntilAsync(Deliveries / 4, Cancellation);

        await gateway.FailOverAsync(standby);
        if (isBehindOneAddress)
        {
            // The old primary still has the address: ready says what is wrong with it.
            await worker.WaitUntilAsync(HttpStatusCode.ServiceUnavailable);
            Assert.Contains("takes no writes", await worker.ReadAsync("ready"), StringComparison.Ordinal);
            relay.LeadTo(standby);
        }

        var recovery = Recovery.Begin("the standby was within reach");
        await worker.WaitUntilAsync(HttpStatusCode.OK);
        var runs = await gateway.WaitUntilEndedAsync(Deliveries);
        recovery.IsOver(Bound);
        Assert.Equal(published.Order(), gateway.Merchant.Posts.Keys.Order());
        Assert.Equal(0, gateway.Merchant.PostedAgain);
        Assert.Equal(Deliveries, runs.Count);
        Assert.All(runs, run => Assert.Equal((1, JobState.Succeeded), (run.Attempt, run.State)));
        Assert.Empty(await gateway.StopAndCountAsync());
    }
}
