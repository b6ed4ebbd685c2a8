using Gateway.Persistence.GatewayTables;

namespace Gateway.Worker.Wallets;

/// <summary>Reads what a wallet holds, and reads it again where that is hard to believe.</summary>
public sealed class WalletReader(JsonRpc rpc)
{
    /// <summary>Reads a wallet at one slot or block.</summary>
    /// <param name="wallet">The wallet.</param>
    /// <param name="head">How far the chain must have come.</param>
    /// <param name="last">
    /// What it held at the last check, if there was one: a token that is gone since then must be gone at another server as well.
    /// </param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="UnreadableBalanceException">No server gave an answer that can be believed, or two of them differ.</exception>
    internal async Task<WalletBalances> ReadAsync(
        Wallet wallet, ChainHead head, WalletBalanceSnapshot? last, CancellationToken cancellationToken)
    {
        var (balances, url) = await ReadAsync(wallet, wallet.RpcUrls, head, cancellationToken);
        var emptied = balances.EmptiedSince(last, wallet);
        if (emptied.Length == 0)
        {
            return balances;
        }

        // The same server again only where there is no other: what it has lost, such as an index, it has lost a moment later too.
        var gone = $"{string.Join(" and ", emptied)} fell to 0 at {url.Host}";
        Uri[] others = [.. wallet.RpcUrls.Where(other => other != url)];
        try
        {
            var (again, otherUrl) = await ReadAsync(wallet, others.Length == 0 ? [url] : others, head, cancellationToken);
            return again.EmptiedSince(last, wallet).SequenceEqual(emptied)
                ? again
                : throw new UnreadableBalanceException($"not so at {otherUrl.Host} a moment later");
        }
        catch (UnreadableBalanceException exception)
        {
            throw new UnreadableBalanceException($"{gone}, which no other server confirms: {exception.Message}", exception);
        }
    }

    private Task<(WalletBalances Balances, Uri Url)> ReadAsync(
        Wallet wallet, IReadOnlyList<Uri> urls, ChainHead head, CancellationToken cancellationToken) =>
        rpc.ReadAsync(
            urls,
            async (server, stop) => (wallet.Chain == WalletOptions.Solana
                ? await SolanaBalances.ReadAsync(server, wallet, head, stop)
                : await BscBalances.ReadAsync(server, wallet, head, stop), server.Url),
            cancellationToken);
}
