using System.Globalization;
using Gateway.Persistence.JobLog;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>Every statement takes 200 ms longer, and a transaction as much for each of its statements.</summary>
public sealed class When_PostgreSQL_is_slow(TestServers servers)
{
    private const int Deliveries = 200;
    private const int Merchants = 50;
    private const int Each = 10;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_deliver_what_comes_and_what_waits_once()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var postgres = new TcpRelay(servers.Postgres.Host, servers.Postgres.Port);
        var merchants = await gateway.AddMerchantsAsync(Merchants);
        await gateway.StartWorkerAsync(("DB_PORT", postgres.Port.ToString(CultureInfo.InvariantCulture)));
        var waiting = (await gateway.LetRetriesWaitAsync(merchants, Each)).Values.SelectMany(ids => ids).ToHashSet();
        gateway.Merchant.Answer = (id, post) => post == 1 && !waiting.Contains(id) ? 500 : 200;

        postgres.Delay = TimeSpan.FromMilliseconds(200);
        var published = await gateway.Publisher.PublishAsync(Deliveries, Cancellation);

        var runs = await gateway.WaitUntilEndedAsync(Deliveries + waiting.Count);
        await gateway.WaitUntilWaitingAsync(0);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.All(waiting, id => Assert.Equal(1, gateway.Merchant.Posts[id]));
        Assert.All(published, id => Assert.Equal(2, gateway.Merchant.Posts[id]));
        Assert.Equal((Deliveries + waiting.Count) * 2, runs.Count);
        Assert.All(runs, run => Assert.Equal(run.Attempt == 1 ? JobState.Retrying : JobState.Succeeded, run.State));
    }
}
