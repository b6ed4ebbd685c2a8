using System.Globalization;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.Outbox;
using Gateway.Worker.Mail;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Wallets;

/// <summary>Keeps what a wallet held, and tells operators what the change since the last check asks for.</summary>
public sealed class WalletRecorder(
    IDbContextFactory<GatewayDbContext> database, Mailer mailer, WalletOptions options, TimeProvider time, ILogger<WalletRecorder> logger)
{
    /// <summary>
    /// Writes the snapshot. The snapshots are the memory of the alerts, so a restart and another worker go on from them: services were
    /// told of the last one, operators of the last one with <c>alert_sent</c>.
    /// </summary>
    /// <exception cref="MailFailedException">The snapshot is kept, and the next check tells the operators.</exception>
    public async Task RecordAsync(Wallet wallet, WalletBalances balances, CancellationToken cancellationToken)
    {
        await using var turn = await database.TakeTurnAsync(wallet, cancellationToken);
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var history = db.WalletBalanceSnapshots.AsNoTracking()
            .Where(s => s.Chain == wallet.Chain && s.Network == wallet.Network && s.WalletAddress == wallet.Address)
            .OrderByDescending(s => s.SnapshotAt);
        var previous = await history.FirstOrDefaultAsync(cancellationToken);
        var told = await history.FirstOrDefaultAsync(s => s.AlertSent, cancellationToken);

        var now = time.GetUtcNow().UtcDateTime;
        var range = AlertRules.RangeOf(balances.TotalUsd, options.MinimumUsd, options.MaximumUsd);
        var alert = AlertRules.Decide(RangeOf(told), range, told?.AlertSentAt, now);
        if (range != RangeOf(previous) || alert == BalanceAlert.Reminder)
        {
            Tell(db, alert, wallet, range, balances.TotalUsd, now);
        }

        var snapshot = new WalletBalanceSnapshot
        {
            Chain = wallet.Chain,
            Network = wallet.Network,
            WalletAddress = wallet.Address,
            NativeBalance = balances.Native,
            NativeCurrency = wallet.NativeCurrency,
            UsdtBalance = balances.Usdt,
            UsdcBalance = balances.Usdc,
            UsdtMint = wallet.Usdt.Address,
            UsdcMint = wallet.Usdc.Address,
            TotalUsdValue = balances.TotalUsd,
            MinThresholdUsd = options.MinimumUsd,
            MaxThresholdUsd = options.MaximumUsd,
            IsBelowMinThreshold = range == BalanceRange.Below,
            IsAboveMaxThreshold = range == BalanceRange.Above,
            SnapshotAt = now,
            CreatedAt = now,
        };
        db.WalletBalanceSnapshots.Add(snapshot);
        await db.SaveChangesAsync(cancellationToken);
        if (alert == BalanceAlert.None)
        {
            return;
        }

        if (await mailer.TrySendAsync(ToMail(alert, wallet, range, balances, now), cancellationToken) is { } failure)
        {
            throw failure;
        }

        // After the mail: after a crash in between, operators are told twice rather than never.
        await db.WalletBalanceSnapshots.Where(s => s.Id == snapshot.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.AlertSent, true).SetProperty(s => s.AlertSentAt, now), cancellationToken);
    }

    private static BalanceRange RangeOf(WalletBalanceSnapshot? snapshot) => snapshot switch
    {
        { IsBelowMinThreshold: true } => BalanceRange.Below,
        { IsAboveMaxThreshold: true } => BalanceRange.Above,
        _ => BalanceRange.Inside,
    };

    private void Tell(GatewayDbContext db, BalanceAlert alert, Wallet wallet, BalanceRange range, decimal usd, DateTime now)
    {
        if (range == BalanceRange.Inside)
        {
            Log.BackInRange(logger, wallet.Chain, wallet.Address, usd);
            Publish(new WalletBalanceBackInRange { Chain = wallet.Chain, WalletAddress = wallet.Address, BalanceUsd = usd, CheckedAt = now });
            return;
        }

        Log.OutOfRange(logger, wallet.Chain, wallet.Address, usd, options.MinimumUsd, options.MaximumUsd, alert);
        Publish(new WalletBalanceOutOfRange
        {
            Chain = wallet.Chain,
            WalletAddress = wallet.Address,
            BalanceUsd = usd,
            MinimumUsd = options.MinimumUsd,
            MaximumUsd = options.MaximumUsd,
            CheckedAt = now,
        });

        void Publish<TEvent>(TEvent @event)
            where TEvent : class => db.OutboxMessages.Add(OutboxMessage.Of(@event, Guid.CreateVersion7(), $"wallet {wallet.Address}", mustArrive: false, now));
    }

    private OperatorMail ToMail(BalanceAlert alert, Wallet wallet, BalanceRange range, WalletBalances balances, DateTime now)
    {
        var what = range switch
        {
            BalanceRange.Below => $"below {options.MinimumUsd} USD",
            BalanceRange.Above => $"above {options.MaximumUsd} USD",
            _ => "back in range",
        };
        return new OperatorMail
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"wallet-{wallet.Chain}-{wallet.Address}-{now:yyyyMMddHHmmssfff}"),
            Subject = $"{wallet.Chain} wallet {(alert == BalanceAlert.Reminder ? "still " : "")}{what}",
            Text = string.Create(CultureInfo.InvariantCulture,
                $"""
                {wallet.Chain} {wallet.Network} {wallet.Address}

                USDT and USDC together: {balances.TotalUsd} USD; it should hold {options.MinimumUsd} to {options.MaximumUsd} USD.
                USDT: {balances.Usdt}
                USDC: {balances.Usdc}
                {wallet.NativeCurrency}: {balances.Native}
                Read at {now:yyyy-MM-dd HH:mm:ss} UTC.
                """),
        };
    }
}
