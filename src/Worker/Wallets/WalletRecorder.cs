using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.Outbox;
using Gateway.Persistence.Wallets;
using Gateway.Worker.Mail;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Wallets;

/// <summary>Keeps what a wallet held, and tells services and operators what the change since the last check asks for.</summary>
public sealed class WalletRecorder(
    IDbContextFactory<GatewayDbContext> database,
    UnreadableWallets unreadable,
    Mailer mailer,
    WalletOptions options,
    TimeProvider time,
    ILogger<WalletRecorder> logger)
{
    private const string And = " and ";

    /// <summary>How far the wallet's chain had come at the last check, and what the wallet held then.</summary>
    internal async Task<(ChainHead Head, WalletBalanceSnapshot? Last)> ReadLastAsync(Wallet wallet, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var height = await db.WalletStates.Of(wallet).Select(state => state.Height).FirstOrDefaultAsync(cancellationToken);
        // The database's clock: a worker whose own is wrong must not believe an old block, nor refuse a new one.
        var now = await db.ReadClockAsync(time, cancellationToken);
        return (new ChainHead(now, height), await LastSnapshotAsync(db, wallet, cancellationToken));
    }

    /// <summary>
    /// Writes the snapshot, and remembers what was told of the wallet in its <see cref="WalletState"/>: a restart and another worker go on
    /// from there. A reading that is older than one that another worker has kept meanwhile is dropped.
    /// </summary>
    /// <exception cref="MailFailedException">The snapshot is kept, and the next check tells the operators.</exception>
    public async Task RecordAsync(Wallet wallet, WalletBalances balances, CancellationToken cancellationToken)
    {
        await using var turn = await database.TakeTurnAsync(wallet, cancellationToken);
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var state = await db.WalletStates.Of(wallet).FirstOrDefaultAsync(cancellationToken);
        if (balances.Height < state?.Height)
        {
            return;
        }

        if (state is null)
        {
            state = new WalletState { Chain = wallet.Chain, Network = wallet.Network, WalletAddress = wallet.Address };
            db.WalletStates.Add(state);
        }

        // The database's clock: the last snapshot is the one with the latest time, whichever worker wrote it.
        var now = await db.ReadClockAsync(time, cancellationToken);
        var range = AlertRules.RangeOf(balances.TotalUsd, options.MinimumUsd, options.MaximumUsd, state.PublishedRange);
        if (AlertRules.IsPublished(state, range, now))
        {
            Publish(db, wallet, range, balances.TotalUsd, now);
            (state.PublishedRange, state.PublishedAt) = (range, now);
        }

        NoteEmptied(state, wallet, balances, await LastSnapshotAsync(db, wallet, cancellationToken), now);
        NoteFrozen(state, wallet, balances, now);
        state.Height = balances.Height;
        var snapshot = SnapshotOf(wallet, balances, now);
        db.WalletBalanceSnapshots.Add(snapshot);
        await unreadable.MarkReadableAsync(db, wallet, now, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);

        if (mailer.IsConfigured)
        {
            await MailAsync(db, state, snapshot.Id, new WalletMail(wallet, balances, options, now), range, now, cancellationToken);
        }
    }

    private static Task<WalletBalanceSnapshot?> LastSnapshotAsync(
        GatewayDbContext db, Wallet wallet, CancellationToken cancellationToken) =>
        db.WalletBalanceSnapshots.AsNoTracking()
            .Where(s => s.Chain == wallet.Chain && s.Network == wallet.Network && s.WalletAddress == wallet.Address)
            .OrderByDescending(s => s.SnapshotAt)
            .FirstOrDefaultAsync(cancellationToken);

    private WalletBalanceSnapshot SnapshotOf(Wallet wallet, WalletBalances balances, DateTime now) => new()
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
        IsBelowMinThreshold = balances.TotalUsd < options.MinimumUsd,
        IsAboveMaxThreshold = balances.TotalUsd > options.MaximumUsd,
        Metadata = JsonSerializer.Serialize(new Dictionary<string, long> { [wallet.HeightUnit] = balances.Height }),
        SnapshotAt = now,
        CreatedAt = now,
    };

    private void NoteEmptied(WalletState state, Wallet wallet, WalletBalances balances, WalletBalanceSnapshot? last, DateTime now)
    {
        if (balances.EmptiedSince(last, wallet) is { Length: > 0 } emptied)
        {
            Log.Emptied(logger, string.Join(And, emptied), wallet.Chain, wallet.Address);
            // With those of which no mail could be sent yet.
            (state.Emptied, state.EmptiedAt) = (string.Join(And, (state.Emptied?.Split(And) ?? []).Union(emptied)), now);
        }
    }

    private void NoteFrozen(WalletState state, Wallet wallet, WalletBalances balances, DateTime now)
    {
        var isFrozen = balances.FrozenUsdt + balances.FrozenUsdc > 0;
        if (isFrozen && state.FrozenSince is null)
        {
            Log.Frozen(logger, wallet.Chain, wallet.Address, balances.FrozenUsdt, balances.FrozenUsdc);
        }

        (state.FrozenUsdt, state.FrozenUsdc) = (balances.FrozenUsdt, balances.FrozenUsdc);
        state.FrozenSince = isFrozen ? state.FrozenSince ?? now : null;
        state.FrozenMailedAt = isFrozen ? state.FrozenMailedAt : null;
    }

    private void Publish(GatewayDbContext db, Wallet wallet, BalanceRange range, decimal usd, DateTime now)
    {
        if (range == BalanceRange.Inside)
        {
            Log.BackInRange(logger, wallet.Chain, wallet.Address, usd);
            Add(new WalletBalanceBackInRange
            {
                Chain = wallet.Chain,
                Network = wallet.Network,
                WalletAddress = wallet.Address,
                BalanceUsd = usd,
                CheckedAt = now,
            });
            return;
        }

        Log.OutOfRange(logger, wallet.Chain, wallet.Address, usd, options.MinimumUsd, options.MaximumUsd);
        Add(new WalletBalanceOutOfRange
        {
            Chain = wallet.Chain,
            Network = wallet.Network,
            WalletAddress = wallet.Address,
            BalanceUsd = usd,
            MinimumUsd = options.MinimumUsd,
            MaximumUsd = options.MaximumUsd,
            CheckedAt = now,
        });

        void Add<TEvent>(TEvent @event)
            where TEvent : class =>
            db.OutboxMessages.Add(OutboxMessage.Create(@event, Guid.CreateVersion7(), $"wallet {wallet.Address}", mustArrive: false, now));
    }

    // Each mail is remembered once it is sent: after a crash in between, operators are told twice, under the same Message-ID, rather than
    // never.
    private async Task MailAsync(
        GatewayDbContext db,
        WalletState state,
        Guid snapshot,
        WalletMail mail,
        BalanceRange range,
        DateTime now,
        CancellationToken cancellationToken)
    {
        if (state is { Emptied: { } tokens, EmptiedAt: { } emptiedAt })
        {
            await SendAsync(mail.Emptied(tokens, emptiedAt), () => state.Emptied = null);
        }

        if (state.FrozenSince is { } since && (state.FrozenMailedAt is null || now - state.FrozenMailedAt >= AlertRules.ReminderInterval))
        {
            await SendAsync(mail.Frozen(since, state.FrozenMailedAt), () => state.FrozenMailedAt = now);
        }

        // One crossing, or one day of it, is told under one id, however often the mail is tried.
        if (AlertRules.MailOf(state, range, now) is var alert and not BalanceAlert.None)
        {
            await SendAsync(mail.Range(alert, range, state.PublishedAt ?? now), () => (state.MailedRange, state.MailedAt) = (range, now));
        }

        async Task SendAsync(OperatorMail message, Action remember)
        {
            if (await mailer.TrySendAsync(message, cancellationToken) is { } failure)
            {
                throw failure;
            }

            remember();
            await db.SaveChangesAsync(cancellationToken);
            await db.WalletBalanceSnapshots.Where(s => s.Id == snapshot)
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.AlertSent, true).SetProperty(s => s.AlertSentAt, now), cancellationToken);
        }
    }
}
