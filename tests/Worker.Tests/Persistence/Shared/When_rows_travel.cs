using Gateway.Persistence;
using Gateway.Persistence.Endpoints;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Gateway.Persistence.Webhooks;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Tests.Persistence;

public abstract class When_rows_travel(TestDatabase database)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_bring_back_a_merchant()
    {
        var merchant = Rows.Merchant();
        merchant.KycStatus = "approved";
        merchant.KycTier = KycTier.Tier3;
        merchant.WebhookSecret = "whsec_plJ3nmyCDGBKInavdOK15jsl";
        merchant.WebhookEvents = ["payment.completed", "payment, \"quoted\""];
        merchant.Status = MerchantStatus.Suspended;
        merchant.Metadata = """{"plan": "gold"}""";
        await database.AddAsync(merchant);

        await using var db = database.CreateContext();
        Assert.Equivalent(merchant, await db.Merchants.SingleAsync(m => m.Id == merchant.Id, Cancellation), strict: true);
    }

    [Fact]
    public async Task Should_bring_back_a_payment()
    {
        var merchant = Rows.Merchant();
        var id = Guid.CreateVersion7();
        var payment = new Payment
        {
            Id = id,
            MerchantId = merchant.Id,
            AmountVnd = 123_456_789_012_345_678.91m,
            AmountCrypto = 123_456_789_012.12345678m,
            Currency = "USDT",
            Chain = "solana",
            ExchangeRate = 25_481.123456m,
            OrderId = "order-1",
            Description = "Hai tô phở",
            CallbackUrl = "https://merchant.example/thanks",
            Status = PaymentStatus.Completed,
            TxHash = "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnb",
            TxConfirmations = 32,
            FromAddress = "vines1vzrYbzLMRdu58ou5XTby4qAqVRLmqo36NKPTg",
            PaymentReference = $"{id:N}",
            DestinationWallet = "9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin",
            ExpiresAt = Rows.Noon.AddMinutes(30),
            PaidAt = Rows.Noon.AddMinutes(1),
            ConfirmedAt = Rows.Noon.AddMinutes(2),
            FeePercentage = 0m,
            FeeVnd = 0.01m,
            NetAmountVnd = 123_456_789_012_345_678.90m,
            FailureReason = "none",
            Metadata = """{"table": 7}""",
            CreatedAt = Rows.Noon,
            UpdatedAt = Rows.Noon,
        };
        await database.AddAsync(merchant, payment);

        await using var db = database.CreateContext();
        Assert.Equivalent(payment, await db.Payments.SingleAsync(p => p.Id == id, Cancellation), strict: true);
    }

    [Fact]
    public async Task Should_bring_back_a_payout()
    {
        var merchant = Rows.Merchant();
        var payout = new Payout
        {
            Id = Guid.CreateVersion7(),
            MerchantId = merchant.Id,
            AmountVnd = 1_000_000.00m,
            FeeVnd = 0.10m,
            NetAmountVnd = 999_999.90m,
            BankAccountName = "NGUYEN VAN A",
            BankAccountNumber = "0011002200330",
            BankName = "VCB",
            Status = PayoutStatus.Completed,
            RequestedBy = Guid.CreateVersion7(),
            ApprovedAt = Rows.Noon,
            ProcessedAt = Rows.Noon,
            CompletionDate = Rows.Noon,
            FailureReason = "none",
            Notes = "ok",
            RetryCount = 2,
            Metadata = "{}",
            CreatedAt = Rows.Noon,
            UpdatedAt = Rows.Noon,
        };
        await database.AddAsync(merchant, payout);

        await using var db = database.CreateContext();
        Assert.Equivalent(payout, await db.Payouts.SingleAsync(p => p.Id == payout.Id, Cancellation), strict: true);
    }

    [Fact]
    public async Task Should_bring_back_a_balance_to_the_last_unit()
    {
        var snapshot = new WalletBalanceSnapshot
        {
            Chain = "bsc",
            Network = "mainnet",
            WalletAddress = "0x55d398326f99059fF775485246999027B3197955",
            NativeBalance = 1.000000000000000001m,
            NativeCurrency = "BNB",
            UsdtBalance = 9_999_999_999.999999999999999999m,
            UsdcBalance = 0m,
            UsdtMint = "0x55d3",
            UsdcMint = "0x8AC7",
            TotalUsdValue = 9_999_999_999.999999999999999999m,
            MinThresholdUsd = 5m,
            MaxThresholdUsd = 6m,
            IsBelowMinThreshold = false,
            IsAboveMaxThreshold = true,
            AlertSent = true,
            AlertSentAt = Rows.Noon,
            Metadata = """{"source": "rpc"}""",
            SnapshotAt = Rows.Noon,
            CreatedAt = Rows.Noon,
        };
        await database.AddAsync(snapshot);

        await using var db = database.CreateContext();
        Assert.Equivalent(snapshot, await db.WalletBalanceSnapshots.SingleAsync(s => s.Id == snapshot.Id, Cancellation), strict: true);
    }

    [Fact]
    public async Task Should_bring_back_an_endpoint()
    {
        var endpoint = new WebhookEndpoint
        {
            MerchantId = Guid.CreateVersion7(),
            DisabledAt = Rows.Noon,
            DisabledReason = "gone",
            DisabledUrl = "https://merchant.example/old",
            PreviousSecret = "whsec_b2xk",
            PreviousSecretExpiresAt = Rows.Noon.AddDays(1),
            UpdatedAt = Rows.Noon,
        };
        await database.AddAsync(endpoint);

        await using var db = database.CreateContext();
        Assert.Equivalent(endpoint, await db.WebhookEndpoints.SingleAsync(e => e.MerchantId == endpoint.MerchantId, Cancellation), strict: true);
    }

    [Fact]
    public async Task Should_bring_back_a_recorded_run()
    {
        var run = new JobRun
        {
            RunId = Guid.CreateVersion7(),
            JobId = Guid.CreateVersion7(),
            JobType = "webhook:delivery",
            Queue = "webhooks_retry",
            Attempt = 3,
            State = JobState.Dead,
            Reason = "status",
            StatusCode = 503,
            Detail = "Đóng cửa 🍜",
            MerchantId = "m-1",
            Event = "payment.completed",
            StartedAt = Rows.Noon,
            DurationMs = 1_234,
        };
        await database.Get<JobRecorder>().RecordAsync(run, Cancellation);

        Assert.Equivalent(run, Assert.Single(await database.Get<JobHistory>().GetAsync(run.JobId, Cancellation)), strict: true);
    }

    [Fact]
    public async Task Should_bring_back_every_time_as_utc()
    {
        var merchant = Rows.Merchant();
        await database.AddAsync(merchant);

        await using var db = database.CreateContext();
        var read = await db.Merchants.SingleAsync(m => m.Id == merchant.Id, Cancellation);
        Assert.Equal((Rows.Noon.Ticks, DateTimeKind.Utc), (read.CreatedAt.Ticks, read.CreatedAt.Kind));
        Assert.Equal(1, await db.Merchants.CountAsync(m => m.Id == merchant.Id && m.CreatedAt == Rows.Noon, Cancellation));
    }

    [Theory]
    [InlineData(DateTimeKind.Local)]
    [InlineData(DateTimeKind.Unspecified)]
    public async Task Should_refuse_a_time_that_is_not_utc(DateTimeKind kind)
    {
        var local = DateTime.SpecifyKind(Rows.Noon, kind);
        var merchant = Rows.Merchant();
        merchant.UpdatedAt = local;

        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => database.AddAsync(merchant));
        Assert.Contains("DateTimeKind.Utc", (refusal.InnerException ?? refusal).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() =>
        {
            _ = database.Get<JobRecorder>().RecordAsync(Rows.Run(Guid.CreateVersion7(), local), Cancellation);
        });
    }

    [Fact]
    public async Task Should_not_see_what_the_gateway_deleted()
    {
        var merchant = Rows.Merchant();
        merchant.DeletedAt = Rows.Noon;
        await database.AddAsync(merchant);

        await using var db = database.CreateContext();
        Assert.False(await db.Merchants.AnyAsync(m => m.Id == merchant.Id, Cancellation));
        Assert.Null(await database.Get<EndpointStore>().FindAsync(merchant.Id.ToString(), Cancellation));
    }

    [Fact]
    public async Task Should_find_nothing_missing() => Assert.Empty(await database.Get<GatewaySchema>().FindMissingAsync(Cancellation));
}
