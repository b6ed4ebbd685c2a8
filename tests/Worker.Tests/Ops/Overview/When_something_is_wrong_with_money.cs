using Gateway.Persistence.JobLog;
using Gateway.Worker.Ops.Overview;
using Gateway.Worker.Ops.Schedules;
using Gateway.Worker.Ops.Wallets;
using Xunit;

namespace Gateway.Worker.Tests.Ops.Overview;

/// <summary>By the conditions of deploy/prometheus/alerts.yml.</summary>
public sealed class When_something_is_wrong_with_money
{
    private static readonly DateTime Now = new(2026, 1, 31, 8, 0, 0, DateTimeKind.Utc);

    private static readonly WalletResponse Well = new()
    {
        Chain = "solana",
        Network = "mainnet",
        Address = "7cVf",
        State = "inside",
        MinimumUsd = 1_000,
        MaximumUsd = 10_000,
        NativeCurrency = "SOL",
        TotalUsd = 5_000,
        Usdt = 5_000,
        Usdc = 0,
    };

    [Fact]
    public void Should_tell_of_wallets()
    {
        Assert.Empty(TroubleFinder.OfWallets([Well], Now));
        Assert.Equal(TroubleKind.WalletBelow, KindOf(Well with { State = "below", TotalUsd = 999.5m }));
        Assert.Equal(TroubleKind.WalletAbove, KindOf(Well with { State = "above" }));
        Assert.Equal(TroubleKind.WalletEmptied, KindOf(Well with { EmptiedAt = Now.AddMinutes(-59) }));
        Assert.Empty(TroubleFinder.OfWallets([Well with { EmptiedAt = Now.AddMinutes(-61) }], Now));
        Assert.Equal(TroubleKind.WalletFrozen, KindOf(Well with { FrozenUsdc = 0.000001m }));
    }

    [Fact]
    public void Should_know_nothing_else_of_a_wallet_that_cannot_be_read()
    {
        var unreadable = Well with { State = "unreadable", UnreadableSince = Now.AddMinutes(-10), FrozenUsdt = 1 };

        Assert.Equal(TroubleKind.WalletUnreadable, KindOf(unreadable));
        // A server that has a bad minute is nobody's concern.
        Assert.Empty(TroubleFinder.OfWallets([unreadable with { UnreadableSince = Now.AddMinutes(-9) }], Now));
    }

    [Theory]
    [InlineData("payments expired: 5; due and not expired: locked: 1: 7f0e", 14, "locked: 1: 7f0e")]
    [InlineData("payments expired: 5; due and not expired: locked: 1: 7f0e", 15, null)]
    [InlineData("payments expired: 5", 1, null)]
    [InlineData(null, 1, null)]
    public void Should_tell_of_payments_that_do_not_expire(string? told, int minutes, string? left)
    {
        var run = new JobRun
        {
            RunId = Guid.CreateVersion7(),
            JobId = Guid.CreateVersion7(),
            JobType = "payment:expiry",
            Queue = "periodic",
            Attempt = 1,
            State = JobState.Succeeded,
            Detail = told,
            StartedAt = Now.AddMinutes(-minutes),
            DurationMs = 1,
        };

        Assert.Equal(left, TroubleFinder.OfExpiry(run, Now).SingleOrDefault()?.Detail);
        Assert.Empty(TroubleFinder.OfExpiry(lastRun: null, Now));
    }

    [Theory]
    [InlineData("written: 2026-01-30; mails: 0; left out, because they cannot be read: payments, amount_vnd, 2026-01-30: 1: 7f0e", "payments, amount_vnd, 2026-01-30: 1: 7f0e")]
    [InlineData("written: 2026-01-30; mails: 0", null)]
    public void Should_tell_of_rows_that_reports_leave_out(string told, string? rows)
    {
        var run = new JobRun
        {
            RunId = Guid.CreateVersion7(),
            JobId = Guid.CreateVersion7(),
            JobType = "report:daily_settlement",
            Queue = "reports",
            Attempt = 1,
            State = JobState.Succeeded,
            Detail = told,
            StartedAt = Now.AddHours(-20),
            DurationMs = 1,
        };

        var trouble = TroubleFinder.OfLeftOut(run).SingleOrDefault();

        Assert.Equal(rows, trouble?.Detail);
        Assert.Equal(rows is null ? null : TroubleKind.ReportIncomplete, trouble?.Kind);
        Assert.Empty(TroubleFinder.OfLeftOut(lastRun: null));
    }

    [Theory]
    [InlineData(false, 16, true, true)]
    [InlineData(true, 16, true, false)]
    [InlineData(false, 15, true, false)]
    [InlineData(false, 16, false, false)]
    // The last tick was asked for an earlier day.
    [InlineData(false, 24 * 60, true, false)]
    public void Should_tell_of_a_report_that_is_missing(bool isWritten, int minutesSinceTick, bool isEnabled, bool isTold)
    {
        var schedule = new ScheduleResponse
        {
            Name = "settlement-report",
            JobType = "report:daily_settlement",
            Cron = "0 8 * * *",
            TimeZone = "UTC",
            Enabled = isEnabled,
            Paused = false,
            LastTick = Now.AddMinutes(-minutesSinceTick),
            LaterTicks = [],
            Workers = [],
            Recent = [],
        };

        var troubles = TroubleFinder.OfReport(schedule, new DateOnly(2026, 1, 30), Now.Date, isWritten, Now);

        Assert.Equal(isTold ? ["2026-01-30"] : Array.Empty<string>(), troubles.Select(trouble => trouble.Subject));
    }

    private static TroubleKind KindOf(WalletResponse wallet) => Assert.Single(TroubleFinder.OfWallets([wallet], Now)).Kind;
}
