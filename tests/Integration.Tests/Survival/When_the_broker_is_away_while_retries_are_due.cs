using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

public sealed class When_the_broker_is_away_while_retries_are_due(OwnRabbitMq own) : IClassFixture<OwnRabbitMq>
{
    private const int Merchants = 100;
    private const int Each = 100;
    private const int Retries = Merchants * Each;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_lease_nothing_until_it_is_back_and_then_send_all()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        var merchants = await gateway.AddMerchantsAsync(Merchants);
        var worker = await gateway.StartWorkerAsync();

        await using (await own.Servers.RabbitMq.StopAsync(Cancellation))
        {
            await worker.WaitUntilLoggedAsync("Nothing leaves the waiting room");
            await gateway.LetRetriesWaitAsync(merchants, Each);
            var since = await gateway.QueryAsync("select (extract(epoch from now()) * 1000000)::bigint");
            // The worker lives, and has tried it every second meanwhile.
            await Eventually.Read(
                () => gateway.QueryAsync($"select count(*) from workers where seen_at > to_timestamp({since} / 1000000.0)"),
                signs => signs == 1,
                "A sign of life");
            Assert.Equal(0, await gateway.QueryAsync("select count(*) from waiting_leases"));
            Assert.Equal(0, gateway.Merchant.Received.Value);
            Assert.Single(worker.Output.Split("Nothing leaves the waiting room")[1..]);
            Assert.InRange(worker.Output.Count(character => character == '\n'), 1, 500);
        }

        await AssertEachOnceAsync(gateway, repeated: 0);
    }

    [Fact]
    public async Task Should_send_the_rest_when_it_goes_away_in_the_middle()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        var merchants = await gateway.AddMerchantsAsync(Merchants);
        await gateway.StartWorkerAsync();
        await gateway.LetRetriesWaitAsync(merchants, Each);
        await gateway.Merchant.Received.WaitUntilAsync(Retries / 10, Cancellation);

        await using (await own.Servers.RabbitMq.KillAsync(Cancellation))
        {
            Assert.InRange(gateway.Merchant.Received.Value, Retries / 10, Retries - 1);
        }

        await AssertEachOnceAsync(gateway, repeated: gateway.Concurrency);
    }

    private static async Task AssertEachOnceAsync(Deployment gateway, int repeated)
    {
        var runs = await gateway.WaitUntilEndedAsync(Retries);
        await gateway.WaitUntilWaitingAsync(0);
        await gateway.WaitUntilLeasesAsync(0);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(Retries, gateway.Merchant.Posts.Count);
        Assert.InRange(gateway.Merchant.PostedAgain, 0, repeated);
        Assert.Equal(Retries * 2, runs.Count);
        Assert.Equal(Retries, runs.Where(run => run is { Attempt: 2, State: JobState.Succeeded }).DistinctBy(run => run.JobId).Count());
    }
}
