using Gateway.Persistence.Bulk;
using Gateway.Persistence.DeadLetters;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Worker.Bus;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

public sealed class When_a_worker_dies_while_letters_are_put_back(TestServers servers)
{
    private const int Many = BulkWork.Many;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_deliver_once_what_was_being_put_back()
    {
        const int Some = 3_000;
        await using var gateway = await Deployment.CreateAsync(servers);
        await BulkWork.BuryAsync(gateway, Some);
        var worker = await gateway.StartWorkerAsync();
        using var api = await gateway.OpenApiAsync(worker);

        var requeue = await BulkWork.BeginAsync(api, "/api/dead-letters/requeue", new { merchant_id = gateway.MerchantId });
        Assert.Equal((Some, "running"), (requeue.GetProperty("total").GetInt32(), requeue.GetProperty("state").GetString()));
        await gateway.Merchant.Received.WaitUntilAsync(20, Cancellation);
        await worker.KillAsync();

        using var again = await gateway.OpenApiAsync(await gateway.StartWorkerAsync());
        Assert.Equal(Some, (await BulkWork.WaitUntilDoneAsync(again, requeue)).GetProperty("done").GetInt32());
        await BulkWork.WaitUntilAllSucceedAsync(gateway, Some);
        Assert.Empty(await gateway.StopAndCountAsync());
        // What was in the broker's hands or in the worker's at the kill may have come twice, nothing else.
        Assert.InRange(gateway.Merchant.Received.Value, Some, Some + gateway.Concurrency);
    }

    /// <summary>A queue that is paused keeps what is put back, so that every message of it can be looked at.</summary>
    [Fact]
    public async Task Should_put_back_120000_letters_by_two_workers_of_whom_one_dies()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await BulkWork.BuryAsync(gateway, Many);
        await gateway.ExecuteAsync("insert into queue_pauses (queue, paused_at, paused_by) values ('webhooks', now(), 'an operator')");
        var worker = await gateway.StartWorkerAsync();
        var other = await gateway.StartWorkerAsync();
        using var api = await gateway.OpenApiAsync(other);

        // Two operators have the same idea.
        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => BulkWork.BeginAsync(api, "/api/dead-letters/requeue", new { reason = "exhausted" })));
        await WaitUntilBackAsync(gateway, Many / 4);
        await worker.KillAsync();
        Assert.NotEqual(Many, await BulkWork.CountAsync(gateway, DeadLetterState.Requeued));

        var done = 0;
        foreach (var requeue in both)
        {
            done += (await BulkWork.WaitUntilDoneAsync(api, requeue)).GetProperty("done").GetInt32();
        }

        Assert.Equal(Many, done);
        Assert.Equal(Many, await BulkWork.CountAsync(gateway, DeadLetterState.Requeued));
        Assert.Equal(0, await other.StopAsync());
        var back = await gateway.Publisher.ReadAllAsync(QueueNames.Webhooks, Cancellation);
        Assert.Equal(Many, back.Distinct().Count());
        // The batch that the dead worker had in hand may be there twice; its second copies are recognised when they are attempted.
        Assert.InRange(back.Count, Many, Many + (2 * RequeueBatch.Size));
    }

    private static Task<long> WaitUntilBackAsync(Deployment gateway, int letters) => Eventually.Catch(
        () => BulkWork.CountAsync(gateway, DeadLetterState.Requeued), back => back >= letters, $"{letters} letters that are back");
}
