using Gateway.Persistence.Bulk;
using Gateway.Persistence.Conversion;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.Figures;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Operations;
using Gateway.Persistence.Outbox;
using Gateway.Persistence.Scheduling;
using Gateway.Persistence.Settlement;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Wallets;
using Gateway.Persistence.Webhooks;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence;

/// <summary>
/// The gateway's database as the worker sees it: the gateway's tables, which the worker maps but does not own, and the worker's own.
/// On PostgreSQL, or on SQLite in embedded mode. Rows that the gateway deleted (<c>deleted_at</c>) do not exist here.
/// </summary>
public sealed class GatewayDbContext(DbContextOptions<GatewayDbContext> options) : DbContext(options), IDataProtectionKeyContext
{
    /// <summary>The gateway's merchants.</summary>
    public DbSet<Merchant> Merchants => Set<Merchant>();

    /// <summary>The gateway's payments.</summary>
    public DbSet<Payment> Payments => Set<Payment>();

    /// <summary>The gateway's payouts.</summary>
    public DbSet<Payout> Payouts => Set<Payout>();

    /// <summary>Balances of the hot wallets, one row for each wallet and check.</summary>
    public DbSet<WalletBalanceSnapshot> WalletBalanceSnapshots => Set<WalletBalanceSnapshot>();

    /// <summary>Every attempt of every job.</summary>
    public DbSet<JobRun> JobRuns => Set<JobRun>();

    /// <summary>What the worker knows about merchants' endpoints beside what the gateway knows.</summary>
    public DbSet<WebhookEndpoint> WebhookEndpoints => Set<WebhookEndpoint>();

    /// <summary>Messages that wait to be published.</summary>
    public DbSet<OutboxMessage> OutboxMessages => Set<OutboxMessage>();

    /// <summary>The settlement reports of the business days, each with its generations.</summary>
    public DbSet<StoredSettlementReport> SettlementReports => Set<StoredSettlementReport>();

    /// <summary>Hot wallets whose balance is unknown.</summary>
    public DbSet<UnreadableWallet> UnreadableWallets => Set<UnreadableWallet>();

    /// <summary>What is remembered of the hot wallets between two checks.</summary>
    public DbSet<WalletState> WalletStates => Set<WalletState>();

    /// <summary>Webhooks that can be sent again.</summary>
    public DbSet<KeptWebhook> KeptWebhooks => Set<KeptWebhook>();

    /// <summary>Queues that an operator has paused.</summary>
    public DbSet<QueuePause> QueuePauses => Set<QueuePause>();

    /// <summary>What operators changed.</summary>
    public DbSet<OperatorAction> OperatorActions => Set<OperatorAction>();

    /// <summary>What operators asked to be done with all that match.</summary>
    public DbSet<BulkJob> BulkJobs => Set<BulkJob>();

    /// <summary>Webhooks that wait for their next attempt.</summary>
    public DbSet<WaitingWebhook> WaitingWebhooks => Set<WaitingWebhook>();

    /// <summary>Those of them that are on the road.</summary>
    public DbSet<WaitingLease> WaitingLeases => Set<WaitingLease>();

    /// <summary>Merchants for whom webhooks wait.</summary>
    public DbSet<WaitingMerchant> WaitingMerchants => Set<WaitingMerchant>();

    /// <summary>Messages for which no attempt will be made unless somebody asks.</summary>
    public DbSet<DeadLetter> DeadLetters => Set<DeadLetter>();

    /// <summary>Workers that are alive.</summary>
    public DbSet<WorkerSign> Workers => Set<WorkerSign>();

    /// <summary>What each worker is configured to do about the schedules.</summary>
    public DbSet<ScheduleSetting> ScheduleSettings => Set<ScheduleSetting>();

    /// <summary>Keys that sign cookies.</summary>
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    /// <summary>Attempts by minute, worker, type, queue and outcome.</summary>
    public DbSet<JobCount> JobCounts => Set<JobCount>();

    /// <summary>Attempts by hour, merchant, event and outcome.</summary>
    public DbSet<MerchantCount> MerchantCounts => Set<MerchantCount>();

    /// <inheritdoc />
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTime>().HaveConversion<UtcConverter>();

    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(GatewayDbContext).Assembly);
        if (Database.IsSqlite())
        {
            SqliteModel.Adapt(modelBuilder.Model);
        }
    }
}
