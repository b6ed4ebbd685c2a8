using System.Net;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>As when the server that was the primary has become a standby, and takes writes again later: the workers' connections stay open.</summary>
public sealed class When_PostgreSQL_takes_no_writes(TestServers servers)
{
    private const int Deliveries = 20_000;

    // It took an hour, as long as a connection that may only read may live.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_post_nothing_twice_and_go_on_when_it_takes_them_again()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        var merchants = await gateway.AddMerchantsAsync(10);
        var worker = await gateway.StartWorkerAsync();
        var first = Assert.Single(await gateway.Publisher.PublishAsync(1, Cancellation));
        await gateway.WaitUntilEndedAsync(1);

        await gateway.TakesWritesAsync(false);
        var published = await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
        // Every slot has posted and waits for its record.
        await gateway.Merchant.Received.WaitUntilAsync(1 + gateway.Concurrency, Cancellation);
        await worker.WaitUntilLoggedAsync("Nothing leaves the waiting room");
        await worker.WaitUntilLoggedAsync("25006");
        await worker.WaitUntilAsync(HttpStatusCode.ServiceUnavailable);
        Assert.Contains("the database takes no writes", await worker.ReadAsync("ready"), StringComparison.Ordinal);
        var waiting = (await gateway.LetRetriesWaitAsync(merchants, 20)).Values.SelectMany(ids => ids).ToArray();
        await Deployment.StaysLikeThisAsync();
        Assert.Equal(1 + gateway.Concurrency, gateway.Merchant.Received.Value);

        await gateway.TakesWritesAsync(true);

        var recovery = Recovery.Begin("it took writes again");
        await worker.WaitUntilAsync(HttpStatusCode.OK);
        var runs = await gateway.WaitUntilEndedAsync(1 + Deliveries + waiting.Length);
        await gateway.WaitUntilWaitingAsync(0);
        recovery.IsOver(Bound);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal([.. published.Concat(waiting).Append(first).Order()], gateway.Merchant.Posts.Keys.Order());
        Assert.All(gateway.Merchant.Posts, post => Assert.Equal(1, post.Value));
        Assert.Equal(1 + Deliveries + (2 * waiting.Length), runs.Count);
        Assert.All(runs, run => Assert.True(run.State == JobState.Succeeded || run is { Attempt: 1, State: JobState.Retrying }, $"{run}"));
    }
}
