using System.Net;
using Gateway.Persistence.JobLog;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

public sealed class When_Redis_is_away(OwnRedis own) : IClassFixture<OwnRedis>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_climb_the_whole_ladder_although_its_history_is_gone()
    {
        const int Deliveries = 20;
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        gateway.Settings["WEBHOOK_RETRY_DELAYS"] = "2s,2200ms,2400ms";
        await gateway.StartWorkerAsync();
        var ids = Enumerable.Range(0, Deliveries).Select(_ => Guid.CreateVersion7()).ToArray();
        // Half of the deliveries are accepted at last, the others never.
        var accepted = ids.Take(Deliveries / 2).ToHashSet();
        gateway.Merchant.Answer = (id, post) => accepted.Contains(id) && post == 3 ? 200 : 503;
        foreach (var id in ids)
        {
            Assert.True(await gateway.Publisher.TryPublishAsync(id, Cancellation));
        }

        await gateway.WaitUntilWaitingAsync(Deliveries);
        await gateway.FlushRedisAsync();

        var runs = await gateway.WaitUntilEndedAsync(Deliveries);
        await gateway.WaitUntilDeadLettersAsync(Deliveries / 2);
        Assert.Empty(await gateway.StopAndCountAsync());
        foreach (var id in ids)
        {
            JobState[] expected = accepted.Contains(id)
                ? [JobState.Retrying, JobState.Retrying, JobState.Succeeded]
                : [JobState.Retrying, JobState.Retrying, JobState.Retrying, JobState.Dead];
            var attempts = runs.Where(run => run.JobId == id).OrderBy(run => run.Attempt).ToArray();
            Assert.Equal(expected, attempts.Select(run => run.State));
            Assert.Equal(Enumerable.Range(1, expected.Length), attempts.Select(run => run.Attempt));
            Assert.Equal(expected.Length, gateway.Merchant.Posts[id]);
        }
    }

    [Fact]
    public async Task Should_go_on_with_first_attempts_and_with_retries()
    {
        const int Deliveries = 200;
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        var worker = await gateway.StartWorkerAsync();
        await gateway.Publisher.PublishAsync(1, Cancellation);
        await gateway.WaitUntilEndedAsync(1);
        var failing = Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7()).ToHashSet();
        gateway.Merchant.Answer = (id, post) => failing.Contains(id) && post == 1 ? 500 : 200;

        await using (await own.Servers.Redis.StopAsync(Cancellation))
        {
            foreach (var id in failing)
            {
                Assert.True(await gateway.Publisher.TryPublishAsync(id, Cancellation));
            }

            await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
            await gateway.WaitUntilEndedAsync(1 + Deliveries);
            await gateway.WaitUntilRowsAsync(1 + Deliveries + failing.Count);
            await worker.WaitUntilAsync(HttpStatusCode.OK);
        }

        var runs = await gateway.WaitUntilEndedAsync(1 + Deliveries + failing.Count);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.All(failing, id => Assert.Equal(2, gateway.Merchant.Posts[id]));
        Assert.All(failing, id => Assert.Equal([(1, JobState.Retrying), (2, JobState.Succeeded)],
            runs.Where(run => run.JobId == id).Select(run => (run.Attempt, run.State))));
        Assert.Equal(1 + Deliveries + 2 * failing.Count, gateway.Merchant.Received.Value);
        Assert.Equal(1 + Deliveries + 2 * failing.Count, runs.Count);
    }
}
