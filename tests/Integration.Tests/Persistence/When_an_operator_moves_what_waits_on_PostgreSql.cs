using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;
using Gateway.Testing;
using Gateway.Tests.Persistence;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_an_operator_moves_what_waits_on_PostgreSql(PostgresTestDatabase database)
    : When_an_operator_moves_what_waits(database), IClassFixture<PostgresTestDatabase>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Should_either_cancel_an_entry_or_say_that_it_is_on_the_road()
    {
        var merchant = await AddMerchantAsync();
        var (wonByCancel, wonByTake) = (0, 0);
        for (var round = 0; round < 200; round++)
        {
            await ClearAsync();
            await LetWaitAsync([.. Enumerable.Range(0, 5).Select(_ => Rows.Waiting(merchant, Past))]);

            var take = Task.Run(() => Room.TakeAsync(Limits(perMerchant: 3), Cancellation), Cancellation);
            var outcome = await Task.Run(() => Cancelling.CancelAsync(new WaitingFilter { MerchantId = merchant }, int.MaxValue, Cancellation), Cancellation);
            var released = (await take).Select(webhook => webhook.DeliveryId).ToHashSet();

            await using var db = Database.CreateContext();
            var left = await db.WaitingWebhooks.Select(w => w.DeliveryId).ToListAsync(Cancellation);
            Assert.Equal((5, released.Count), (outcome.Cancelled + outcome.OnTheRoad, outcome.OnTheRoad));
            Assert.Equal(released, left.ToHashSet());
            (wonByCancel, wonByTake) = released.Count == 0 ? (wonByCancel + 1, wonByTake) : (wonByCancel, wonByTake + 1);
        }

        TestContext.Current.SendDiagnosticMessage($"The cancellation came first {wonByCancel} times, the release {wonByTake} times");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Should_not_wait_for_an_entry_that_a_commit_has_in_hand(bool cancels)
    {
        var merchant = await AddMerchantAsync();
        var (inHand, other) = (Rows.Waiting(merchant, Later), Rows.Waiting(merchant, Later));
        await LetWaitAsync(inHand, other);
        await using var db = Database.CreateContext();
        await using var commit = await db.Database.BeginTransactionAsync(Cancellation);
        await db.WaitingWebhooks.Where(w => w.DeliveryId == inHand.DeliveryId).ExecuteUpdateAsync(set => set.SetProperty(w => w.Faults, (short)1), Cancellation);

        // The commit goes on to the merchant, which the operator's transaction has locked: neither may wait for the other.
        if (cancels)
        {
            var outcome = await Cancelling.CancelAsync(new WaitingFilter(), int.MaxValue, Cancellation).WaitAsync(Patience, TimeProvider.System, Cancellation);
            Assert.Equal(new CancelOutcome(1, 1, HasMore: false), outcome);
        }
        else
        {
            await List.ReleaseAsync(new WaitingFilter(), Cancellation).WaitAsync(Patience, TimeProvider.System, Cancellation);
            Assert.Equal(other.DeliveryId, Assert.Single((await List.ListAsync(new WaitingFilter { DueTo = Later.AddMinutes(-1) }, null, 10, Cancellation)).Entries).DeliveryId);
        }
    }

    [Fact]
    public async Task Should_never_wait_crosswise_with_commits_and_releases()
    {
        var merchants = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => AddMerchantAsync()));
        await using (var db = Database.CreateContext())
        {
            db.AddRange(await db.Merchants.Where(m => merchants.Contains(m.Id)).Select(m => new WebhookEndpoint { MerchantId = m.Id, UpdatedAt = Past }).ToListAsync(Cancellation));
            await db.SaveChangesAsync(Cancellation);
        }

        using var done = new CancellationTokenSource();
        var commits = Task.Run(
            async () =>
            {
                for (var round = 0; round < 150; round++)
                {
                    await Task.WhenAll(merchants.Select(merchant => FailAsync(merchant, round)));
                }

                await done.CancelAsync();
            },
            Cancellation);
        var takes = Task.Run(
            async () => await RepeatAsync(async () => await Task.WhenAll((await Room.TakeAsync(Limits(perMerchant: 1), Cancellation)).Select(DeliverAsync))), Cancellation);
        var releases = Task.Run(async () => await RepeatAsync(() => List.ReleaseAsync(new WaitingFilter(), Cancellation)), Cancellation);
        var cancels = Task.Run(async () => await RepeatAsync(() => Cancelling.CancelAsync(new WaitingFilter { Reason = WaitReason.NoRoom }, int.MaxValue, Cancellation)), Cancellation);
        await Task.WhenAll(commits, takes, releases, cancels);

        // The statistics of a connection are told at its end, or a second after its last transaction.
        var deadlocks = await Eventually.Read(
            async () => (await ((PostgresTestDatabase)Database).Database.QueryAsync(
                "select deadlocks from pg_stat_database where datname = current_database() and xact_commit > 500")).SingleOrDefault(),
            count => count is not null,
            "the statistics are told");
        Assert.Equal("0", deadlocks);

        async Task RepeatAsync(Func<Task> act)
        {
            while (!done.IsCancellationRequested)
            {
                await act();
            }
        }
    }

    private Task<bool> FailAsync(Guid merchant, int round)
    {
        var entry = Rows.Waiting(merchant, Past, attempt: 1 + round % 3, round % 2 == 0 ? WaitReason.NoRoom : WaitReason.CircuitOpen);
        var url = "https://merchant.example/hooks";
        EndpointChange change = round % 3 == 0
            ? new EndpointChange.EndHold { MerchantId = merchant, Url = url, At = Now }
            : new EndpointChange.Hold(Past.AddSeconds(round), HoldReason.CircuitOpen, round) { MerchantId = merchant, Url = url, At = Now };
        return Database.Get<JobRecorder>().RecordAsync(
            new JobRecord
            {
                Run = Rows.Run(entry.DeliveryId, Now, JobState.Retrying, entry.Attempt, merchant.ToString()),
                Waiting = new WaitingStep.Enter(entry),
                Endpoint = change,
            },
            Cancellation);
    }

    private Task ClearAsync() => ChangeAsync(async db =>
    {
        await db.WaitingWebhooks.ExecuteDeleteAsync(Cancellation);
        await db.WaitingLeases.ExecuteDeleteAsync(Cancellation);
        await db.WaitingMerchants.ExecuteDeleteAsync(Cancellation);
    });
}
