using Gateway.Contracts;
using Gateway.Worker.Jobs;

namespace Gateway.Worker.Wallets;

/// <summary>Reads every configured wallet, keeps what it holds, and tells operators when that leaves its range.</summary>
public sealed class CheckWalletBalancesJob(WalletOptions options, JsonRpc rpc, WalletRecorder recorder, ILogger<CheckWalletBalancesJob> logger)
    : IJob<CheckWalletBalances>
{
    /// <inheritdoc />
    public async Task<string> RunAsync(CheckWalletBalances message, JobAttempt attempt, CancellationToken cancellationToken)
    {
        if (options.Wallets.Count == 0)
        {
            return "no wallet is configured";
        }

        List<string> unreadable = [];
        foreach (var wallet in options.Wallets)
        {
            try
            {
                var balances = await ReadAsync(wallet, cancellationToken);
                await recorder.RecordAsync(wallet, balances, cancellationToken);
            }
            catch (UnreadableBalanceException exception)
            {
                Log.Unreadable(logger, wallet.Chain, wallet.Address, exception.Message);
                unreadable.Add($"{wallet.Chain}: {exception.Message}");
            }
        }

        return unreadable.Count == 0
            ? $"{options.Wallets.Count} wallets read"
            : throw new JobFailedException("balance_unreadable", string.Join("; ", unreadable));
    }

    private Task<WalletBalances> ReadAsync(Wallet wallet, CancellationToken cancellationToken) => wallet.Chain == WalletOptions.Solana
        ? SolanaBalances.ReadAsync(rpc, wallet, cancellationToken)
        : BscBalances.ReadAsync(rpc, wallet, cancellationToken);
}
