using System.Diagnostics.Metrics;
using Gateway.Worker.Webhooks;
using Gateway.Worker.Webhooks.Isolation;
using Gateway.Worker.Webhooks.Register;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Isolation;

public sealed class When_a_merchant_has_no_room : IDisposable
{
    private static readonly Uri Url = new("https://merchant.example/hook");
    private static readonly IsolationOptions Options = new() { Concurrency = 2 };

    private readonly FakeTimeProvider _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MerchantLanes _lanes;

    public When_a_merchant_has_no_room() => _lanes = new MerchantLanes(Options, _time, _services.GetRequiredService<IMeterFactory>());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private MerchantLane Lane => _lanes.Of("merchant", Url);

    [Fact]
    public async Task Should_refuse_what_exceeds_its_attempts_and_the_few_that_wait()
    {
        var hangs = new TaskCompletionSource<AttemptMark?>();
        var attempts = Enumerable.Range(0, 6).Select(_ => Lane.TryAttemptAsync(() => hangs.Task, Cancellation).AsTask()).ToArray();

        Assert.False(await Lane.TryAttemptAsync(() => Task.FromResult<AttemptMark?>(null), Cancellation));
        Assert.All(attempts, attempt => Assert.False(attempt.IsCompleted));

        hangs.SetResult(null);
        Assert.All(await Task.WhenAll(attempts), Assert.True);
        Assert.True(await Lane.TryAttemptAsync(() => Task.FromResult<AttemptMark?>(null), Cancellation));
    }

    [Fact]
    public async Task Should_open_when_most_attempts_fail_and_close_when_a_probe_succeeds()
    {
        await AttemptAsync(8, AttemptOutcome.Timeout);
        Assert.Equal(LaneState.Open, Lane.State);
        Assert.False(await Lane.TryAttemptAsync(() => throw new InvalidOperationException("no attempt may be made"), Cancellation));

        _time.Advance(TimeSpan.FromSeconds(11));
        await AttemptAsync(1, AttemptOutcome.Succeeded);

        Assert.Equal(LaneState.Closed, Lane.State);
    }

    [Fact]
    public async Task Should_wait_longer_after_each_probe_that_fails_but_not_for_ever()
    {
        await AttemptAsync(8, AttemptOutcome.Connect);
        var breaks = new List<double>();
        for (var probe = 0; probe < 5; probe++)
        {
            var waited = TimeSpan.Zero;
            var isProbed = false;
            while (!isProbed)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                waited += TimeSpan.FromSeconds(1);
                await Lane.TryAttemptAsync(() => Task.FromResult<AttemptMark?>(Mark(AttemptOutcome.Connect, isProbed = true)), Cancellation);
            }

            breaks.Add(waited.TotalSeconds);
        }

        Assert.Equal([10, 30, 90, 270, 300], breaks);
    }

    [Theory]
    [InlineData(AttemptOutcome.Status, 400)]
    [InlineData(AttemptOutcome.Status, 404)]
    [InlineData(AttemptOutcome.Redirect, 302)]
    [InlineData(AttemptOutcome.Gone, 410)]
    public async Task Should_stay_closed_for_answers_that_may_be_about_one_event(AttemptOutcome outcome, int status)
    {
        await AttemptAsync(50, outcome, status);

        Assert.Equal(LaneState.Closed, Lane.State);
    }

    [Fact]
    public async Task Should_hand_out_turns_as_fast_as_the_merchant_can_take_them()
    {
        // An attempt takes 100 ms and two run at once: 20 a second.
        await AttemptAsync(100, AttemptOutcome.Succeeded);

        var turns = Enumerable.Range(0, 100).Select(_ => Lane.NextTurn(0.5)).ToArray();

        Assert.Equal(0.05, turns[0].TotalSeconds, 3);
        Assert.Equal(5, turns[^1].TotalSeconds, 3);
    }

    [Fact]
    public async Task Should_spread_those_that_wait_longer_than_the_longest_snooze()
    {
        await AttemptAsync(8, AttemptOutcome.Timeout, duration: TimeSpan.FromSeconds(30));

        var turns = Enumerable.Range(0, 1000).Select(i => Lane.NextTurn(i / 1000.0)).ToArray()[100..];

        Assert.All(turns, turn => Assert.InRange(turn, TimeSpan.FromMinutes(6) * 0.8, TimeSpan.FromMinutes(6) * 1.2));
        Assert.True(turns.Max() - turns.Min() > TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Should_not_let_all_come_back_together_when_failures_are_quick()
    {
        await AttemptAsync(8, AttemptOutcome.Connect, duration: TimeSpan.FromMilliseconds(1));

        var turns = Enumerable.Range(0, 1000).Select(_ => Lane.NextTurn(0.5)).ToArray();

        // None before the circuit lets one try, and then fifty a second.
        Assert.True(turns[0] > TimeSpan.FromSeconds(10));
        Assert.Equal(20, (turns[^1] - turns[0]).TotalSeconds, 0);
    }

    [Fact]
    public async Task Should_go_on_at_once_when_the_merchant_answers_again()
    {
        await AttemptAsync(8, AttemptOutcome.Timeout, duration: TimeSpan.FromSeconds(1));
        for (var i = 0; i < 1000; i++)
        {
            Lane.NextTurn(0.5);
        }

        _time.Advance(TimeSpan.FromSeconds(11));
        await AttemptAsync(20, AttemptOutcome.Succeeded, duration: TimeSpan.FromMilliseconds(10));

        Assert.InRange(Lane.NextTurn(0.5), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Should_start_afresh_when_the_merchant_has_another_url()
    {
        await AttemptAsync(8, AttemptOutcome.Timeout);

        Assert.Equal(LaneState.Closed, _lanes.Of("merchant", new Uri("https://merchant.example/new")).State);
    }

    [Fact]
    public async Task Should_forget_merchants_who_are_idle_and_not_those_whose_circuit_is_open()
    {
        await AttemptAsync(8, AttemptOutcome.Timeout);
        _ = _lanes.Of("idle", Url);
        var hangs = new TaskCompletionSource<AttemptMark?>();
        var attempt = _lanes.Of("busy", Url).TryAttemptAsync(() => hangs.Task, Cancellation);

        _time.Advance(TimeSpan.FromMinutes(11));
        _lanes.ForgetIdle();

        Assert.Equal(2, _lanes.Count);
        Assert.Null(_lanes.StateOf("idle"));
        hangs.SetResult(null);
        await attempt;
    }

    [Fact]
    public async Task Should_pass_on_what_an_attempt_throws() =>
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await Lane.TryAttemptAsync(() => throw new InvalidOperationException(), Cancellation));

    [Fact]
    public async Task Should_make_every_attempt_where_the_circuit_breaker_is_turned_off()
    {
        var lane = new MerchantLanes(Options with { HasCircuitBreaker = false }, _time, _services.GetRequiredService<IMeterFactory>()).Of("merchant", Url);
        for (var i = 0; i < 100; i++)
        {
            Assert.True(await lane.TryAttemptAsync(() => Task.FromResult<AttemptMark?>(Mark(AttemptOutcome.Timeout)), Cancellation));
        }
    }

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task Should_tell_how_long_the_circuit_has_been_open_through_probes_that_fail_until_it_closes_or_nothing_waits()
    {
        await AttemptAsync(8, AttemptOutcome.Timeout);
        _time.Advance(TimeSpan.FromSeconds(11));
        await AttemptAsync(1, AttemptOutcome.Timeout);
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(TimeSpan.FromSeconds(42), Lane.OpenFor);

        await AttemptAsync(1, AttemptOutcome.Succeeded);
        Assert.Equal(TimeSpan.Zero, Lane.OpenFor);

        await AttemptAsync(8, AttemptOutcome.Timeout);
        _time.Advance(Options.SnoozeDelays[^1] * 2);
        Assert.Equal(TimeSpan.Zero, Lane.OpenFor);
    }

    private async Task AttemptAsync(int count, AttemptOutcome outcome, int? status = null, TimeSpan? duration = null)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(await Lane.TryAttemptAsync(() => Task.FromResult<AttemptMark?>(Mark(outcome, true, status, duration)), Cancellation));
        }
    }

    private static AttemptMark Mark(AttemptOutcome outcome, bool _ = true, int? status = null, TimeSpan? duration = null) =>
        new(1, Guid.CreateVersion7(), default, new AttemptResult { Outcome = outcome, StatusCode = status, Duration = duration ?? TimeSpan.FromMilliseconds(100) });
}
