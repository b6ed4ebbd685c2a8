using System.Runtime.ExceptionServices;
using Gateway.Contracts;
using Gateway.Worker.Jobs;
using Gateway.Worker.Mail;

namespace Gateway.Worker.Wallets;

/// <summary>
/// Reads every configured wallet, keeps what it holds, and tells operators when that leaves its range or cannot be known.
/// </summary>
public sealed class CheckWalletBalancesJob(
    WalletOptions options, WalletReader reader, WalletRecorder recorder, UnreadableWallets unreadable) : IJob<CheckWalletBalances>
{
    /// <summary>Why a check failed in which not every wallet could be read.</summary>
    internal const string Unreadable = "balance_unreadable";

    /// <summary>The job: every five minutes, when payments and webhooks leave it room.</summary>
    public static JobDefinition<CheckWalletBalances> Definition { get; } = new()
    {
        Type = "wallet:balance_check",
        Queue = "monitoring",
        Weight = 2,
        Timeout = TimeSpan.FromMinutes(2),
        RetryDelays = "10s,40s,160s",
        Schedule = "balance-check",
        Cron = "*/5 * * * *",
        Verb = "check-wallet-balances",
        Summary = "Read the wallets' balances, now",
        AskAt = (time, _) => new CheckWalletBalances { RunAt = time },
        TickOf = message => message.RunAt,
    };

    /// <inheritdoc />
    public async Task<string> RunAsync(CheckWalletBalances message, JobAttempt attempt, CancellationToken cancellationToken)
    {
        if (options.Wallets.Count == 0)
        {
            return "no wallet is configured";
        }

        List<string> complaints = [];
        MailFailedException? mailFailure = null;
        ExceptionDispatchInfo? failure = null;
        // One wallet must not hold up the others, whatever is wrong with it.
        foreach (var wallet in options.Wallets)
        {
            try
            {
                if (await CheckAsync(wallet, cancellationToken) is { } complaint)
                {
                    complaints.Add($"{wallet.Chain}: {complaint}");
                }
            }
            catch (MailFailedException exception)
            {
                mailFailure = exception;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                failure ??= ExceptionDispatchInfo.Capture(exception);
            }
        }

        // Nobody has foreseen it, so it comes first; what the wallets' servers said is in the log.
        failure?.Throw();
        if (complaints.Count > 0)
        {
            throw new JobFailedException(Unreadable, string.Join("; ", complaints));
        }

        return mailFailure is null
            ? $"wallets read: {options.Wallets.Count}"
            : throw new JobFailedException(
                "mail_failed",
                $"The balances are kept and the operators not told: {mailFailure.Message}",
                mailFailure);
    }

    /// <returns>Why the wallet could not be read, or null.</returns>
    private async Task<string?> CheckAsync(Wallet wallet, CancellationToken cancellationToken)
    {
        try
        {
            var (head, last) = await recorder.ReadLastAsync(wallet, cancellationToken);
            var balances = await reader.ReadAsync(wallet, head, last, cancellationToken);
            await recorder.RecordAsync(wallet, balances, cancellationToken);
            await unreadable.TellReadableAsync(wallet, cancellationToken);
            return null;
        }
        catch (UnreadableBalanceException exception)
        {
            await unreadable.AddAsync(wallet, exception.Message, cancellationToken);
            return exception.Message;
        }
    }
}
