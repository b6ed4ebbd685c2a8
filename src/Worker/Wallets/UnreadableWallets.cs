using System.Globalization;
using Gateway.Persistence;
using Gateway.Persistence.Wallets;
using Gateway.Worker.Mail;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Wallets;

/// <summary>Remembers which wallets cannot be read, and tells operators: once it has lasted, once a day, and when it is over.</summary>
public sealed class UnreadableWallets(
    IDbContextFactory<GatewayDbContext> database, Mailer mailer, TimeProvider time, ILogger<UnreadableWallets> logger)
{
    /// <summary>
    /// How long a wallet is unreadable before operators are told: an RPC server that has a bad minute is none of their concern.
    /// </summary>
    public static readonly TimeSpan ToldAfter = TimeSpan.FromMinutes(4);

    private static readonly TimeSpan ReminderInterval = TimeSpan.FromDays(1);

    /// <summary>A wallet could not be read.</summary>
    /// <exception cref="MailFailedException">The next check tells the operators.</exception>
    public async Task AddAsync(Wallet wallet, string complaint, CancellationToken cancellationToken)
    {
        await using var turn = await database.TakeTurnAsync(wallet, cancellationToken);
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var now = await db.ReadClockAsync(time, cancellationToken);
        var row = await FindAsync(db, wallet, cancellationToken);
        if (row is null)
        {
            row = new UnreadableWallet { Chain = wallet.Chain, Network = wallet.Network, WalletAddress = wallet.Address, Since = now };
            db.UnreadableWallets.Add(row);
        }
        else if (row.ReadableSince is not null)
        {
            // Operators were never told that it could be read meanwhile: for them it still cannot.
            (row.Since, row.ReadableSince) = (now, null);
        }

        await db.SaveChangesAsync(cancellationToken);
        Log.Unreadable(logger, wallet.Chain, wallet.Address, complaint);
        if (now - row.Since >= ToldAfter && (row.ToldAt is null || now - row.ToldAt >= ReminderInterval))
        {
            var text = $"Since {row.Since:yyyy-MM-dd HH:mm:ss} UTC its balance is unknown, not zero: {complaint}";
            var due = row.ToldAt + ReminderInterval ?? row.Since;
            if (await MailAsync(wallet, "unreadable", due, "cannot be read", text, cancellationToken) is { } failure)
            {
                throw failure;
            }

            row.ToldAt = now;
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    /// <summary>A wallet was read: it counts as readable from the caller's transaction on, whether or not operators can be told.</summary>
    internal async Task MarkReadableAsync(GatewayDbContext db, Wallet wallet, DateTime now, CancellationToken cancellationToken)
    {
        if (await FindAsync(db, wallet, cancellationToken) is not { ReadableSince: null } row)
        {
            return;
        }

        Log.ReadableAgain(logger, wallet.Chain, wallet.Address);
        if (row.ToldAt is null)
        {
            db.UnreadableWallets.Remove(row);
        }
        else
        {
            row.ReadableSince = now;
        }
    }

    /// <summary>Tells operators that a wallet can be read again, if they are still to be told.</summary>
    /// <exception cref="MailFailedException">The next check tells the operators.</exception>
    public async Task TellReadableAsync(Wallet wallet, CancellationToken cancellationToken)
    {
        await using var turn = await database.TakeTurnAsync(wallet, cancellationToken);
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(db, wallet, cancellationToken) is not { ReadableSince: { } until } row)
        {
            return;
        }

        var text = $"It could not from {row.Since:yyyy-MM-dd HH:mm:ss} to {until:yyyy-MM-dd HH:mm:ss} UTC.";
        if (await MailAsync(wallet, "readable", row.Since, "can be read again", text, cancellationToken) is { } failure)
        {
            throw failure;
        }

        db.UnreadableWallets.Remove(row);
        await db.SaveChangesAsync(cancellationToken);
    }

    private static Task<UnreadableWallet?> FindAsync(GatewayDbContext db, Wallet wallet, CancellationToken cancellationToken) =>
        db.UnreadableWallets.FirstOrDefaultAsync(
            w => w.Chain == wallet.Chain && w.Network == wallet.Network && w.WalletAddress == wallet.Address, cancellationToken);

    // Named by what it is about and not by the time at which it is sent: a mail that is tried again is the same mail.
    private Task<MailFailedException?> MailAsync(
        Wallet wallet, string kind, DateTime about, string what, string text, CancellationToken cancellationToken) => mailer.TrySendAsync(
        new OperatorMail
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"wallet-{wallet.Chain}-{wallet.Address}-{kind}-{about:yyyyMMddHHmmssfff}"),
            Subject = $"{wallet.Chain} wallet {what}",
            Text = $"{wallet.Chain} {wallet.Network} {wallet.Address}\n\n{text}",
        },
        cancellationToken);
}
