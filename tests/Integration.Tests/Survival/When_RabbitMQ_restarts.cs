using System.Net;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

public sealed class When_RabbitMQ_restarts(OwnRabbitMq own) : IClassFixture<OwnRabbitMq>
{
    private const int Retries = 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_deliver_all_that_was_confirmed_and_all_that_waited()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        gateway.Settings["WEBHOOK_RETRY_DELAYS"] = "8s";
        var worker = await gateway.StartWorkerAsync();
        var waiting = await LeaveRetriesWaitingAsync(gateway);

        using var stop = new CancellationTokenSource();
        var publishing = PublishUntilAsync(gateway, stop.Token);
        await gateway.Merchant.Received.WaitUntilAsync(Retries + 200, Cancellation);
        await own.Servers.RabbitMq.RestartAsync(Cancellation);
        var before = gateway.Merchant.Received.Value;
        await gateway.Merchant.Received.WaitUntilAsync(before + Retries + 200, Cancellation);
        await stop.CancelAsync();
        var (confirmed, refused) = await publishing;

        await worker.WaitUntilAsync(HttpStatusCode.OK);
        Assert.NotEmpty(refused);
        var deliveries = waiting.Concat(confirmed).ToArray();
        // A publisher who got an error instead of a confirm cannot know: such a message may have arrived all the same.
        await Eventually.Read(
            async () => deliveries.Except((await gateway.ReadRunsAsync()).Where(run => run.State == JobState.Succeeded).Select(run => run.JobId)).Count(),
            missing => missing == 0,
            "The last delivery");
        Assert.Empty(await gateway.StopAndCountAsync());
        var runs = await gateway.ReadRunsAsync();
        Assert.All(waiting, id => Assert.Equal([(1, JobState.Retrying), (2, JobState.Succeeded)],
            runs.Where(run => run.JobId == id).Select(run => (run.Attempt, run.State))));
        Assert.All(confirmed, id => Assert.Contains(id, gateway.Merchant.Posts.Keys));
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{confirmed.Count} confirmed, {refused.Count} refused; {confirmed.Count(id => gateway.Merchant.Posts[id] > 1)} posted again.");
        Assert.InRange(confirmed.Count(id => gateway.Merchant.Posts[id] > 1), 0, gateway.Concurrency);
    }

    private static async Task<IReadOnlyList<Guid>> LeaveRetriesWaitingAsync(Deployment gateway)
    {
        var ids = Enumerable.Range(0, Retries).Select(_ => Guid.CreateVersion7()).ToHashSet();
        gateway.Merchant.Answer = (id, post) => post == 1 && ids.Contains(id) ? 500 : 200;
        foreach (var id in ids)
        {
            Assert.True(await gateway.Publisher.TryPublishAsync(id, Cancellation));
        }

        await gateway.WaitUntilWaitingAsync(Retries);
        return [.. ids];
    }

    private static async Task<(IReadOnlyList<Guid> Confirmed, IReadOnlyList<Guid> Refused)> PublishUntilAsync(Deployment gateway, CancellationToken stop)
    {
        List<Guid> confirmed = [];
        List<Guid> refused = [];
        while (!stop.IsCancellationRequested)
        {
            var id = Guid.CreateVersion7();
            var isConfirmed = await gateway.Publisher.TryPublishAsync(id, Cancellation);
            (isConfirmed ? confirmed : refused).Add(id);
            // About as fast as the worker delivers, so that little is left to do when the test has seen enough.
            await Task.Delay(TimeSpan.FromMilliseconds(isConfirmed ? 1 : 200), TimeProvider.System, Cancellation);
        }

        return (confirmed, refused);
    }
}
