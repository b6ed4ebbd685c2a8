using Gateway.Persistence.Figures;
using Gateway.Persistence.JobLog;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>The same sums on every database.</summary>
public abstract class When_figures_are_read(TestDatabase database)
{
    private static readonly DateTime Hour = new(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc);

    private readonly string _name = $"n {Guid.CreateVersion7():N}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_add_up_all_workers_and_minutes_of_a_queue()
    {
        await database.AddAsync(
            Job(Hour, JobState.Succeeded, 3, bucket: 0), Job(Hour, JobState.Succeeded, 2, bucket: 1), Job(Hour.AddMinutes(1), JobState.Retrying, 4, bucket: 12, retries: 1),
            Job(Hour.AddMinutes(59), JobState.Dead, 5, bucket: 18), Job(Hour, JobState.Skipped, 6), Job(Hour.AddMinutes(60), JobState.Succeeded, 100));

        var queue = Assert.Single(await ReadAsync(FigureGroup.Queue, queue: _name));

        Assert.Equal((_name, 14, 5, 4, 5, 6, 1), (queue.Key, queue.Attempts, queue.Succeeded, queue.Retrying, queue.Dead, queue.Skipped, queue.Retries));
        Assert.Equal([(0, 3), (1, 2), (12, 4), (18, 5)], queue.Durations.Index().Where(bucket => bucket.Item > 0).Select(bucket => (bucket.Index, (int)bucket.Item)));
    }

    [Fact]
    public async Task Should_tell_minutes_and_hours_by_their_beginning()
    {
        await database.AddAsync(
            Job(Hour.AddMinutes(7), JobState.Succeeded, 1), Job(Hour.AddMinutes(9), JobState.Succeeded, 2), Job(Hour.AddMinutes(-1), JobState.Succeeded, 4));

        var minutes = await ReadAsync(FigureGroup.Minute, queue: _name);
        var hours = await ReadAsync(FigureGroup.Hour, queue: _name, from: Hour.AddHours(-1));

        Assert.Equal([("2026-02-28T12:07:00Z", 1), ("2026-02-28T12:09:00Z", 2)], minutes.Select(Sum).Order());
        Assert.Equal([("2026-02-28T11:00:00Z", 4), ("2026-02-28T12:00:00Z", 3)], hours.Select(Sum).Order());
    }

    [Fact]
    public async Task Should_add_up_a_merchants_events()
    {
        await database.AddAsync(
            Merchant("payment.completed", JobState.Succeeded, 1), Merchant("payment.completed", JobState.Dead, 2), Merchant("payment.expired", JobState.Succeeded, 4));

        var merchants = await ReadAsync(FigureGroup.Merchant, merchant: _name);
        var events = await ReadAsync(FigureGroup.Event, merchant: _name);
        var hours = await ReadAsync(FigureGroup.Hour, merchant: _name, @event: "payment.expired");

        Assert.Equal([(_name, 7)], merchants.Select(Sum));
        Assert.Equal([("payment.completed", 3), ("payment.expired", 4)], events.Select(Sum).Order());
        Assert.Equal([("2026-02-28T12:00:00Z", 4)], hours.Select(Sum));
    }

    [Fact]
    public async Task Should_count_queues_since_a_moment()
    {
        await database.AddAsync(Job(Hour, JobState.Succeeded, 3), Job(Hour.AddMinutes(1), JobState.Succeeded, 4), Job(Hour.AddMinutes(-1), JobState.Succeeded, 5));

        var counts = await database.Get<FigureReader>().CountByQueueAsync(Hour, Cancellation);

        Assert.Equal(7, counts[(_name, JobState.Succeeded)]);
    }

    private static (string Key, int Attempts) Sum(FigureTotals totals) => (totals.Key, (int)totals.Attempts);

    private Task<IReadOnlyCollection<FigureTotals>> ReadAsync(
        FigureGroup by, string? queue = null, string? merchant = null, string? @event = null, DateTime? from = null) =>
        database.Get<FigureReader>().ReadAsync(
            new FigureQuestion { By = by, From = from ?? Hour, To = Hour.AddHours(1), Queue = queue, MerchantId = merchant, Event = @event }, Cancellation);

    private JobCount Job(DateTime startsAt, JobState outcome, int attempts, int bucket = 0, int retries = 0) => new()
    {
        StartsAt = startsAt,
        WorkerId = Guid.CreateVersion7(),
        JobType = "webhook:delivery",
        Queue = _name,
        Outcome = outcome,
        Attempts = attempts,
        Retries = retries,
        Durations = [.. Enumerable.Range(0, DurationBuckets.Count).Select(b => b == bucket && outcome != JobState.Skipped ? attempts : 0)],
    };

    private MerchantCount Merchant(string @event, JobState outcome, int attempts) =>
        new() { StartsAt = Hour, MerchantId = _name, Event = @event, Outcome = outcome, Attempts = attempts };
}
