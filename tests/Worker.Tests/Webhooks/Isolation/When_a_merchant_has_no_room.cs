using Gateway.Worker.Gate;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Isolation;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Isolation;

public sealed class When_a_merchant_has_no_room
{
    private static readonly Uri Url = new("https://merchant.example/hook");
    private static readonly IsolationOptions Options = new() { Concurrency = 2 };

    private readonly FakeTimeProvider _time = new();
    private readonly MerchantBulkheads _bulkheads;

    public When_a_merchant_has_no_room() => _bulkheads = new MerchantBulkheads(Options, _time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private MerchantBulkhead Bulkhead => _bulkheads.GetOrAdd("merchant", Url);

    [Fact]
    public async Task Should_refuse_what_exceeds_its_attempts_and_the_few_that_wait()
    {
        var inside = new[] { await Bulkhead.TryEnterAsync(Cancellation), await Bulkhead.TryEnterAsync(Cancellation) };
        var waiting = Enumerable.Range(0, 4).Select(_ => Bulkhead.TryEnterAsync(Cancellation).AsTask()).ToArray();

        Assert.Null(await Bulkhead.TryEnterAsync(Cancellation));
        Assert.All(waiting, entry => Assert.False(entry.IsCompleted));

        inside[0]!.Dispose();
        Assert.NotNull(await waiting[0]);
        Assert.All(waiting[1..], entry => Assert.False(entry.IsCompleted));
    }

    [Fact]
    public async Task Should_end_the_wait_of_one_that_is_let_go()
    {
        _ = (await Bulkhead.TryEnterAsync(Cancellation), await Bulkhead.TryEnterAsync(Cancellation));
        using var ended = new CancellationTokenSource();
        var waiting = Bulkhead.TryEnterAsync(ended.Token).AsTask();

        await ended.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public void Should_say_when_most_of_the_last_attempts_have_failed()
    {
        Assert.Equal([.. Enumerable.Repeat(false, 7), true], Enumerable.Range(0, 8).Select(_ => Bulkhead.Note(Result(AttemptOutcome.Timeout))));

        // Once; what follows is counted afresh.
        Assert.False(Bulkhead.Note(Result(AttemptOutcome.Timeout)));
    }

    [Fact]
    public void Should_not_say_so_while_one_in_four_succeeds()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.False(Bulkhead.Note(Result(i % 4 == 0 ? AttemptOutcome.Succeeded : AttemptOutcome.Timeout)));
        }
    }

    [Fact]
    public void Should_forget_failures_after_a_minute()
    {
        for (var i = 0; i < 7; i++)
        {
            Bulkhead.Note(Result(AttemptOutcome.Timeout));
        }

        _time.Advance(TimeSpan.FromSeconds(61));

        Assert.False(Bulkhead.Note(Result(AttemptOutcome.Timeout)));
    }

    [Theory]
    [InlineData(AttemptOutcome.Status, 400)]
    [InlineData(AttemptOutcome.Status, 404)]
    [InlineData(AttemptOutcome.Redirect, 302)]
    [InlineData(AttemptOutcome.Gone, 410)]
    public void Should_not_hold_answers_against_the_endpoint_that_may_be_about_one_event(AttemptOutcome outcome, int status) =>
        Assert.All(Enumerable.Range(0, 50), _ => Assert.False(Bulkhead.Note(Result(outcome, status))));

    [Fact]
    public async Task Should_let_others_come_back_when_about_an_attempt_has_ended()
    {
        for (var i = 0; i < 100; i++)
        {
            Bulkhead.Note(Result(AttemptOutcome.Succeeded, duration: TimeSpan.FromSeconds(2)));
        }

        Assert.InRange(Bulkhead.Comeback, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(2));

        // While all of them hang nobody knows better than that it takes longer than so far.
        _ = (await Bulkhead.TryEnterAsync(Cancellation), await Bulkhead.TryEnterAsync(Cancellation));
        _time.Advance(TimeSpan.FromSeconds(12));
        Assert.Equal(TimeSpan.FromSeconds(12), Bulkhead.Comeback);
        _time.Advance(TimeSpan.FromMinutes(12));
        Assert.Equal(TimeSpan.FromSeconds(30), Bulkhead.Comeback);
    }

    [Theory]
    [InlineData(AttemptOutcome.Succeeded, 200, 0.1, GateStanding.Answering)]
    [InlineData(AttemptOutcome.Status, 500, 0.1, GateStanding.Answering)]
    [InlineData(AttemptOutcome.Succeeded, 200, 20, GateStanding.Failing)]
    [InlineData(AttemptOutcome.Timeout, null, 30, GateStanding.Failing)]
    [InlineData(AttemptOutcome.Timeout, 200, 30, GateStanding.Failing)]
    [InlineData(AttemptOutcome.Dns, null, 0.1, GateStanding.Failing)]
    [InlineData(AttemptOutcome.Connect, null, 0.1, GateStanding.Failing)]
    public void Should_stand_by_how_it_answered_the_last_time(AttemptOutcome outcome, int? status, double seconds, GateStanding standing)
    {
        Assert.Equal(GateStanding.Unknown, Bulkhead.StandingOr(isFailing: false));
        Assert.Equal(GateStanding.Failing, Bulkhead.StandingOr(isFailing: true));

        Bulkhead.Note(new AttemptResult { Outcome = outcome, StatusCode = status, Duration = TimeSpan.FromSeconds(seconds) });
        Assert.Equal((standing, standing), (Bulkhead.StandingOr(isFailing: false), Bulkhead.StandingOr(isFailing: true)));

        // What was ten minutes ago says nothing any more.
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(GateStanding.Unknown, Bulkhead.StandingOr(isFailing: false));
    }

    [Fact]
    public async Task Should_start_afresh_when_the_merchant_has_another_url()
    {
        _ = (await Bulkhead.TryEnterAsync(Cancellation), await Bulkhead.TryEnterAsync(Cancellation));

        Assert.NotNull(await _bulkheads.GetOrAdd("merchant", new Uri("https://merchant.example/new")).TryEnterAsync(Cancellation));
    }

    [Fact]
    public async Task Should_forget_merchants_who_are_idle_and_not_those_who_are_busy()
    {
        _ = _bulkheads.GetOrAdd("idle", Url);
        var busy = _bulkheads.GetOrAdd("busy", Url);
        _ = (await busy.TryEnterAsync(Cancellation), await busy.TryEnterAsync(Cancellation));

        _time.Advance(TimeSpan.FromMinutes(11));
        _bulkheads.ForgetIdle();

        Assert.Equal(1, _bulkheads.Count);
        Assert.Same(busy, _bulkheads.GetOrAdd("busy", Url));
    }

    private static AttemptResult Result(AttemptOutcome outcome, int? status = null, TimeSpan? duration = null) =>
        new() { Outcome = outcome, StatusCode = status, Duration = duration ?? TimeSpan.FromMilliseconds(100) };
}
