using System.Text.Json;
using CsCheck;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Outbox;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>
/// Random histories of deliveries: attempts that fail and succeed, workers that die, messages that are lost, late and repeated, operators who
/// cancel, release and enable. Many at once, so that they share commits. Whatever happens, each delivery ends once, after the right attempts.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="histories">How many, a multiple of those at once.</param>
public abstract class When_deliveries_live_through_anything(TestDatabase database, int histories)
{
    private const int AtOnce = 1_250;

    private static readonly Gen<Answer> Answers = Gen.Frequency(
        (40, Gen.Const(new Answer(200))),
        (45, Gen.OneOf(Gen.Const(500), Gen.Const(404), Gen.Const(408)).Select(status => new Answer(status))),
        (12, Gen.Select(Gen.OneOf(Gen.Const(429), Gen.Const(503)), Gen.Int[1, 900], (status, seconds) => new Answer(status, seconds))),
        (3, Gen.Const(new Answer(410))));

    private static readonly Gen<Fate> Fates = Gen.Frequency(
        (6, Gen.Const(Fate.Handled)),
        (2, Gen.Const(Fate.DiesBeforeRecord)),
        (2, Gen.Const(Fate.DiesAfterRecord)),
        (1, Gen.Const(Fate.DiesAfterRecordAndRegisterForgets)),
        (1, Gen.Const(Fate.Lost)),
        (1, Gen.Const(Fate.Late)));

    private static readonly Gen<Sending> Sendings = Gen.Frequency(
        (6, Gen.Const(Sending.Noted)), (1, Gen.Const(Sending.NotNoted)), (1, Gen.Const(Sending.NotConfirmed)), (1, Gen.Const(Sending.NotSent)));

    private static readonly Gen<DeliveryLife> Lives = Gen.Select(
        Gen.Int[0, 39],
        Gen.Int[0, 5],
        Answers.Array[4],
        Fates.Array[0, 8],
        Sendings.Array[0, 5],
        Gen.Frequency((9, Gen.Const((int?)null)), (1, Gen.Int[1, 8].Select(step => (int?)step))),
        (merchant, beginsAt, answers, fates, sendings, cancelledAt) => new DeliveryLife(merchant, beginsAt, answers, fates, sendings, cancelledAt));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_end_each_delivery_once_after_the_right_attempts()
    {
        await using var worker = await MortalWorker.StartAsync(database);
        await Lives.Array[AtOnce].SampleAsync(
            async lives =>
            {
                var ids = await worker.LiveAsync(lives);
                var ends = await ReadEndsAsync(worker, ids);
                Assert.All(ids.Zip(lives), of => AssertIsRight(of.First, of.Second, ends[of.First], worker));
            },
            iter: histories / AtOnce,
            threads: 1,
            print: lives => $"{lives.Length} deliveries");
        Assert.Empty(worker.Faults);
    }

    private static void AssertIsRight(Guid id, DeliveryLife life, End end, MortalWorker worker)
    {
        var attempts = end.Attempts.Count;
        var isOver = attempts == life.Attempts;
        var isDead = isOver && life.Answers[attempts - 1].Status != 200;
        var isCancelled = !isOver && worker.IsCancelled(id);
        // When the worker dies after that, the message comes again, and waits until the endpoint is enabled.
        var isSkipped = attempts == 0 && end is { Skipped: > 0, WaitsFor: null };
        var right = new End
        {
            Attempts =
            [
                .. life.Answers.Take(attempts).Select((answer, index) => (index + 1, answer.Status, index + 1 < life.Attempts ? JobState.Retrying
                    : answer.Status == 200 ? JobState.Succeeded
                    : JobState.Dead)),
            ],
            // An attempt that was made when its worker died is recorded when its message comes through, which a disabled endpoint keeps waiting.
            Posts = !isOver && life.Fates.Contains(Fate.DiesBeforeRecord) && end.Posts == attempts + 1 ? end.Posts : attempts,
            WaitsFor = isOver || isCancelled || isSkipped ? null : attempts + 1,
            Leases = 0,
            Letters = isDead ? 1 : 0,
            Told = (isDead ? 1 : 0) + (isOver && !isDead && attempts > 1 ? 1 : 0),
            Cancelled = isCancelled ? 1 : 0,
            // One whose endpoint is enabled again before the broker hands it out once more is attempted then.
            Skipped = end.Skipped,
        };
        Assert.Equal($"{right} {life}", $"{end} {life}");
    }

    private async Task<Dictionary<Guid, End>> ReadEndsAsync(MortalWorker worker, IReadOnlyList<Guid> ids)
    {
        await using var db = database.CreateContext();
        var runs = (await db.JobRuns.AsNoTracking().Where(run => ids.Contains(run.JobId)).ToListAsync(Cancellation)).ToLookup(run => run.JobId);
        var waiting = await db.WaitingWebhooks.ToDictionaryAsync(w => w.DeliveryId, w => w.Attempt, Cancellation);
        var leases = (await db.WaitingLeases.Select(l => l.DeliveryId).ToListAsync(Cancellation)).ToLookup(id => id);
        var letters = (await db.DeadLetters.Where(letter => ids.Contains(letter.JobId!.Value)).Select(letter => letter.JobId).ToListAsync(Cancellation)).ToLookup(id => id);
        // A row of the outbox may hold several messages of one contract.
        var told = (await db.OutboxMessages.ToListAsync(Cancellation))
            .SelectMany(row => BundledMessage.ContractOf(row.MessageType, out var isBundle) is not null && isBundle
                ? JsonSerializer.Deserialize<BundledMessage[]>(row.Body)!.Select(one => one.Message)
                : [JsonElement.Parse(row.Body)])
            .Where(message => message.TryGetProperty("delivery_id", out _))
            .ToLookup(message => message.GetProperty("delivery_id").GetGuid());
        await db.OutboxMessages.ExecuteDeleteAsync(Cancellation);
        return ids.ToDictionary(id => id, id => new End
        {
            Attempts = [.. runs[id].Where(run => run.State != JobState.Skipped && run.Reason != "already_delivered").OrderBy(run => run.Attempt).Select(run => (run.Attempt, run.StatusCode ?? 0, run.State))],
            Posts = worker.Merchant.PostsOf(id),
            WaitsFor = waiting.TryGetValue(id, out var attempt) ? attempt : null,
            Leases = leases[id].Count(),
            Letters = letters[id].Count(),
            Told = told[id].Count(),
            Cancelled = runs[id].Count(run => run is { State: JobState.Skipped, Reason: "cancelled" }),
            Skipped = runs[id].Count(run => run is { State: JobState.Skipped, Reason: not "cancelled" }),
        });
    }

    /// <summary>What there is of a delivery in the end.</summary>
    private sealed record End
    {
        public required IReadOnlyList<(int Attempt, int Status, JobState State)> Attempts { get; init; }

        public required int Posts { get; init; }

        public required int? WaitsFor { get; init; }

        public required int Leases { get; init; }

        public required int Letters { get; init; }

        public required int Told { get; init; }

        public required int Cancelled { get; init; }

        public required int Skipped { get; init; }

        public override string ToString() =>
            $"[{string.Join(' ', Attempts)}] posted {Posts}, waits for {WaitsFor}, leases {Leases}, letters {Letters}, told {Told}, cancelled {Cancelled}, skipped {Skipped}";
    }
}
