using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Worker.Wallets;

/// <summary>Reads a wallet on Solana (https://solana.com/docs/rpc/http/gettokenaccountsbyowner), as finalized.</summary>
internal static class SolanaBalances
{
    private const int LamportDecimals = 9;

    public static Task<WalletBalances> ReadAsync(JsonRpc rpc, Wallet wallet, CancellationToken cancellationToken) =>
        rpc.CallAsync(
            wallet.RpcUrls,
            [
                ("getBalance", [wallet.Address, new JsonObject { ["commitment"] = "finalized" }]),
                TokenAccounts(wallet, wallet.Usdt),
                TokenAccounts(wallet, wallet.Usdc),
            ],
            results => new WalletBalances(
                BaseUnits.ToCoins(BaseUnits.ParseDigits(results[0].GetProperty("value").GetRawText()), LamportDecimals),
                Sum(results[1], wallet, wallet.Usdt),
                Sum(results[2], wallet, wallet.Usdc)),
            cancellationToken);

    // By mint, not by program: accounts of the Token-2022 program are found as well.
    private static (string, JsonArray) TokenAccounts(Wallet wallet, Token token) => ("getTokenAccountsByOwner",
    [
        wallet.Address,
        new JsonObject { ["mint"] = token.Address },
        new JsonObject { ["encoding"] = "jsonParsed", ["commitment"] = "finalized" },
    ]);

    private static decimal Sum(JsonElement result, Wallet wallet, Token token)
    {
        var (sum, decimals) = (BigInteger.Zero, token.Decimals);
        foreach (var account in result.GetProperty("value").EnumerateArray())
        {
            var info = account.GetProperty("account").GetProperty("data").GetProperty("parsed").GetProperty("info");
            if (info.GetProperty("mint").GetString() != token.Address || info.GetProperty("owner").GetString() != wallet.Address)
            {
                throw new UnreadableBalanceException("an account of another mint or owner");
            }

            var amount = info.GetProperty("tokenAmount");
            var itsDecimals = amount.GetProperty("decimals").GetInt32();
            if (itsDecimals != (decimals ??= itsDecimals))
            {
                throw new UnreadableBalanceException($"a token with {itsDecimals} decimals instead of {decimals}");
            }

            var units = BaseUnits.ParseDigits(amount.GetProperty("amount").GetString());
            sum += units.Sign < 0 ? throw new UnreadableBalanceException("a negative amount") : units;
        }

        return BaseUnits.ToCoins(sum, decimals ?? 0);
    }
}
