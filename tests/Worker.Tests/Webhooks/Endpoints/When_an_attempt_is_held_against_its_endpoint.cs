using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Isolation;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Endpoints;

/// <summary>What trials found (docs/faults.md: A19, D10, F3).</summary>
public class When_an_attempt_is_held_against_its_endpoint
{
    private const string Url = "https://merchant.example/hook";
    private static readonly DateTime StartedAt = new(2026, 11, 1, 12, 0, 0, DateTimeKind.Utc);
    private static readonly EndpointHold Circuit = new(Url, HoldReason.CircuitOpen, StartedAt.AddSeconds(40), StartedAt.AddSeconds(-10), FailedProbes: 0);
    private readonly EndpointRules _rules = new(new EndpointOptions(), new IsolationOptions());

    [Fact]
    public void Should_change_nothing_after_a_success_or_a_failure_among_others()
    {
        Assert.Null(After(AttemptOutcome.Succeeded));
        Assert.Null(After(AttemptOutcome.Timeout));
    }

    [Fact]
    public void Should_leave_it_alone_when_most_attempts_fail()
    {
        var hold = Assert.IsType<EndpointChange.Hold>(After(AttemptOutcome.Timeout, opensCircuit: true));

        Assert.Equal((HoldReason.CircuitOpen, 0, StartedAt.AddSeconds(10)), (hold.Reason, hold.FailedProbes, hold.Until));
    }

    [Fact]
    public void Should_open_the_circuit_once() => Assert.Null(After(AttemptOutcome.Timeout, hold: Circuit, opensCircuit: true));

    [Fact]
    public void Should_wait_longer_after_each_probe_that_fails_but_not_for_ever()
    {
        var waits = new List<double>();
        var hold = Circuit;
        for (var probe = 0; probe < 5; probe++)
        {
            var next = Assert.IsType<EndpointChange.Hold>(After(AttemptOutcome.Connect, hold: hold, isProbe: true));
            waits.Add((next.Until - StartedAt).TotalSeconds);
            hold = hold with { FailedProbes = next.FailedProbes };
        }

        Assert.Equal([30, 90, 270, 300, 300], waits);
    }

    [Theory]
    [InlineData(AttemptOutcome.Succeeded, null)]
    [InlineData(AttemptOutcome.Status, 400)]
    [InlineData(AttemptOutcome.Redirect, 302)]
    public void Should_end_with_a_probe_that_is_answered(AttemptOutcome outcome, int? status) =>
        Assert.IsType<EndpointChange.EndHold>(After(outcome, status, hold: Circuit, isProbe: true));

    [Fact]
    public void Should_end_with_a_success_of_one_that_was_on_its_way() => Assert.IsType<EndpointChange.EndHold>(After(AttemptOutcome.Succeeded, hold: Circuit));

    // One that limits its rate answers both at once.
    [Fact]
    public void Should_do_as_the_merchant_asks_although_another_one_on_its_way_succeeds() => Assert.Null(
        After(AttemptOutcome.Succeeded, hold: Circuit with { Reason = HoldReason.RetryAfter }));

    [Fact]
    public void Should_never_open_where_the_circuit_breaker_is_turned_off() => Assert.Null(
        new EndpointRules(new EndpointOptions(), new IsolationOptions { HasCircuitBreaker = false })
            .ChangeAfter(Endpoint(), hold: null, Made(AttemptOutcome.Timeout, null, null), isProbe: false, opensCircuit: true));

    // Retry-After holds the endpoint and not the one message.
    [Theory]
    [InlineData(429, 60, 60)]
    [InlineData(503, 86400, 86400)]
    public void Should_do_as_the_merchant_asks(int status, int retryAfter, int expected)
    {
        var hold = Assert.IsType<EndpointChange.Hold>(After(AttemptOutcome.Status, status, retryAfter));

        Assert.Equal((HoldReason.RetryAfter, StartedAt.AddSeconds(expected)), (hold.Reason, hold.Until));
    }

    [Theory]
    [InlineData(500, 60)]
    [InlineData(429, 0)]
    public void Should_not_take_another_answer_for_a_wish(int status, int retryAfter) => Assert.Null(After(AttemptOutcome.Status, status, retryAfter));

    [Fact]
    public void Should_keep_a_circuit_open_beside_a_shorter_wish() => Assert.Null(After(AttemptOutcome.Status, 429, 1, Circuit));

    [Fact]
    public void Should_let_a_probe_wait_as_long_as_the_merchant_asks()
    {
        var hold = Assert.IsType<EndpointChange.Hold>(After(AttemptOutcome.Status, 503, 3600, Circuit, isProbe: true));

        Assert.Equal((HoldReason.CircuitOpen, StartedAt.AddHours(1)), (hold.Reason, hold.Until));
    }

    [Fact]
    public void Should_turn_off_what_is_gone() => Assert.Equal("gone", Assert.IsType<EndpointChange.Disable>(After(AttemptOutcome.Gone, 410)).Reason);

    [Theory]
    [InlineData(AttemptOutcome.Timeout, 5, true)]
    [InlineData(AttemptOutcome.Timeout, 4.9, false)]
    [InlineData(AttemptOutcome.Succeeded, 5, false)]
    public void Should_turn_off_what_has_failed_for_five_days(AttemptOutcome outcome, double days, bool isTurnedOff)
    {
        var endpoint = FailingFor(days, EndpointRules.FewestFailures);

        Assert.Equal(isTurnedOff, _rules.ChangeAfter(endpoint, hold: null, Made(outcome, null, null), isProbe: false, opensCircuit: false) is EndpointChange.Disable);
    }

    // With nothing sent in between, two failures that lie far apart say little.
    [Fact]
    public void Should_not_turn_off_for_few_failures_however_long_ago_the_first_was() =>
        Assert.Null(_rules.ChangeAfter(
            FailingFor(50, failures: 2), hold: null, Made(AttemptOutcome.Timeout, null, null), isProbe: false, opensCircuit: false));

    [Fact]
    public void Should_turn_nobody_off_while_most_merchants_fail() => Assert.Null(_rules.ChangeAfter(
        FailingFor(50, failures: 100),
        hold: null,
        Made(AttemptOutcome.Timeout, null, null),
        isProbe: false,
        opensCircuit: false,
        doMostFail: true));

    private static MerchantEndpoint FailingFor(double days, int failures) =>
        Endpoint() with { FailingSince = StartedAt.AddDays(-days), FailingUrl = Url, FailedTimes = failures };

    private EndpointChange? After(
        AttemptOutcome outcome, int? status = null, int? retryAfter = null, EndpointHold? hold = null, bool isProbe = false, bool opensCircuit = false) =>
        _rules.ChangeAfter(Endpoint(), hold, Made(outcome, status, retryAfter), isProbe, opensCircuit);

    private static AttemptRecord Made(AttemptOutcome outcome, int? status, int? retryAfter) => new(
        1,
        Guid.CreateVersion7(),
        StartedAt,
        new AttemptResult
        {
            Outcome = outcome,
            StatusCode = status,
            Duration = TimeSpan.Zero,
            RetryAfter = retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        });

    private static MerchantEndpoint Endpoint() => new()
    {
        MerchantId = Guid.Parse("01890000-0000-7000-8000-000000000001"),
        Status = MerchantStatus.Active,
        KycTier = KycTier.Tier1,
        Url = Url,
        Secret = null,
        Events = null,
    };
}
