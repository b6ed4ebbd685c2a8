using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Worker.Wallets;

/// <summary>Reads a wallet on BNB Smart Chain: ERC-20 calls (https://eips.ethereum.org/EIPS/eip-20) at the latest block.</summary>
internal static class BscBalances
{
    private const int WeiDecimals = 18;
    private const string BalanceOf = "0x70a08231";
    private const string Decimals = "0x313ce567";

    public static Task<WalletBalances> ReadAsync(JsonRpc rpc, Wallet wallet, CancellationToken cancellationToken)
    {
        var balanceOf = BalanceOf + wallet.Address[2..].ToLowerInvariant().PadLeft(64, '0');
        return rpc.CallAsync(
            wallet.RpcUrls,
            [
                ("eth_getBalance", [wallet.Address, "latest"]),
                Call(wallet.Usdt, balanceOf),
                Call(wallet.Usdt, Decimals),
                Call(wallet.Usdc, balanceOf),
                Call(wallet.Usdc, Decimals),
            ],
            results => new WalletBalances(
                BaseUnits.ToCoins(BaseUnits.ParseHex(results[0].GetString()), WeiDecimals),
                Coins(results[1], results[2], wallet.Usdt),
                Coins(results[3], results[4], wallet.Usdc)),
            cancellationToken);
    }

    private static (string, JsonArray) Call(Token token, string data) =>
        ("eth_call", [new JsonObject { ["to"] = token.Address, ["data"] = data }, "latest"]);

    private static decimal Coins(JsonElement balance, JsonElement decimals, Token token)
    {
        var itsDecimals = Word(decimals);
        if (itsDecimals > BaseUnits.MaximumDecimals || (token.Decimals is { } known && itsDecimals != known))
        {
            throw new UnreadableBalanceException("a token with other decimals than it can have");
        }

        return BaseUnits.ToCoins(Word(balance), (int)itsDecimals);
    }

    // A contract that is not there answers 0x, which is not nothing but unknown.
    private static BigInteger Word(JsonElement result) => result.GetString() is { Length: 66 } word
        ? BaseUnits.ParseHex(word)
        : throw new UnreadableBalanceException("no contract, or an answer that is not one word");
}
