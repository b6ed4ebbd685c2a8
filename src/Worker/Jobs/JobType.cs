using Gateway.Contracts;
using Gateway.Worker.Bus;

namespace Gateway.Worker.Jobs;

/// <summary>A kind of job: its name in the job log and the queue of its message.</summary>
/// <param name="Name">Such as <c>payment:expiry</c>.</param>
/// <param name="Queue">The queue.</param>
public sealed record JobType(string Name, string Queue)
{
    /// <summary>Expires payments: <see cref="ExpirePayments"/>.</summary>
    public static JobType PaymentExpiry { get; } = new("payment:expiry", QueueNames.Periodic);

    /// <summary>Reads the wallets' balances: <see cref="CheckWalletBalances"/>.</summary>
    public static JobType BalanceCheck { get; } = new("wallet:balance_check", QueueNames.Monitoring);

    /// <summary>Writes a settlement report: <see cref="GenerateSettlementReport"/>.</summary>
    public static JobType SettlementReport { get; } = new("report:daily_settlement", QueueNames.Reports);
}
