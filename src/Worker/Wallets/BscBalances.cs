using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Worker.Wallets;

/// <summary>
/// Reads a wallet on BNB Smart Chain: ERC-20 calls (https://eips.ethereum.org/EIPS/eip-20), all at the block that was the latest, so that a
/// swap between two blocks is seen on both sides.
/// </summary>
internal static class BscBalances
{
    private const int WeiDecimals = 18;
    private const string BalanceOf = "0x70a08231";
    private const string Decimals = "0x313ce567";

    private static readonly Dictionary<BigInteger, string> Networks = new() { [56] = "mainnet", [97] = "testnet" };

    public static async Task<WalletBalances> ReadAsync(
        RpcConnection rpc, Wallet wallet, ChainHead head, CancellationToken cancellationToken)
    {
        var start = await rpc.CallAsync([new("eth_chainId"), new("eth_getBlockByNumber", "latest", false)], cancellationToken);
        CheckNetwork(wallet, BaseUnits.ParseHex(start[0].GetString()));
        var number = (long)BaseUnits.ParseHex(start[1].GetProperty("number").GetString());
        head.Check("block", number, (long)BaseUnits.ParseHex(start[1].GetProperty("timestamp").GetString()));

        var block = "0x" + number.ToString("x", CultureInfo.InvariantCulture);
        var balanceOf = BalanceOf + wallet.Address[2..].ToLowerInvariant().PadLeft(64, '0');
        var results = await rpc.CallAsync(
            [
                new("eth_getBalance", wallet.Address, block),
                Call(wallet.Usdt, balanceOf, block),
                Call(wallet.Usdt, Decimals, block),
                Call(wallet.Usdc, balanceOf, block),
                Call(wallet.Usdc, Decimals, block),
            ],
            cancellationToken);
        return new WalletBalances(
            BaseUnits.ToCoins(BaseUnits.ParseHex(results[0].GetString()), WeiDecimals),
            Coins(results[1], results[2], wallet.Usdt),
            Coins(results[3], results[4], wallet.Usdc))
        {
            Height = number,
        };
    }

    private static void CheckNetwork(Wallet wallet, BigInteger chainId)
    {
        var network = Networks.GetValueOrDefault(chainId) ?? string.Create(CultureInfo.InvariantCulture, $"the chain {chainId}");
        if (network != wallet.Network)
        {
            throw new UnreadableBalanceException($"BSC_RPC_URL leads to {network}, BSC_NETWORK says {wallet.Network}");
        }
    }

    private static RpcCall Call(Token token, string data, string block) =>
        new("eth_call", new JsonObject { ["to"] = token.Address, ["data"] = data }, block);

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
