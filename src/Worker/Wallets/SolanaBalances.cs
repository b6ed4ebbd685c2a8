using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Worker.Wallets;

/// <summary>
/// Reads a wallet on Solana, as finalized: its token accounts are looked up (https://solana.com/docs/rpc/http/gettokenaccountsbyowner) and
/// then read together with the wallet, both mints and the clock at one slot (https://solana.com/docs/rpc/http/getmultipleaccounts), so that
/// a swap is seen on both sides.
/// </summary>
internal static class SolanaBalances
{
    private const int LamportDecimals = 9;

    // The most that getMultipleAccounts takes is 100.
    private const int MostAccounts = 96;

    private static readonly Dictionary<string, string> Networks = new(StringComparer.Ordinal)
    {
        ["5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d"] = "mainnet",
        ["EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG"] = "devnet",
        ["4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY"] = "testnet",
    };

    public static async Task<WalletBalances> ReadAsync(
        RpcConnection rpc, Wallet wallet, ChainHead head, CancellationToken cancellationToken)
    {
        var start = await rpc.CallAsync(
            [new("getGenesisHash"), AccountsOf(wallet, wallet.Usdt), AccountsOf(wallet, wallet.Usdc)], cancellationToken);
        CheckNetwork(wallet, start[0].GetString() ?? throw new FormatException());

        // Anybody may open accounts for a wallet. The largest are read again at one slot; what is in the others is dust.
        var found = Amounts(start[1], wallet.Usdt).Concat(Amounts(start[2], wallet.Usdc)).OrderByDescending(a => a.Units).ToArray();
        var (read, dust) = (found.Take(MostAccounts).ToArray(), found.Skip(MostAccounts).ToArray());
        string[] wanted = [wallet.Address, SolanaAccount.Clock, wallet.Usdt.Address, wallet.Usdc.Address, .. read.Select(a => a.Address)];
        var addresses = new JsonArray([.. wanted.Select(address => JsonValue.Create(address))]);
        var answer = await rpc.CallAsync(
            [new("getMultipleAccounts", addresses, Options(0, SolanaAccount.TokenLength))], cancellationToken);
        var together = answer[0];
        var accounts = together.GetProperty("value").EnumerateArray().ToArray();
        if (accounts.Length != wanted.Length)
        {
            throw new UnreadableBalanceException("an answer is missing");
        }

        var slot = together.GetProperty("context").GetProperty("slot").GetInt64();
        head.Check("slot", slot, SolanaAccount.UnixTimeOf(accounts[1]));
        var (usdt, frozenUsdt) = Sum(wallet.Usdt, accounts[2]);
        var (usdc, frozenUsdc) = Sum(wallet.Usdc, accounts[3]);
        return new WalletBalances(BaseUnits.ToCoins(SolanaAccount.LamportsOf(accounts[0]), LamportDecimals), usdt, usdc)
        {
            Height = slot,
            FrozenUsdt = frozenUsdt,
            FrozenUsdc = frozenUsdc,
        };

        (decimal All, decimal Frozen) Sum(Token token, JsonElement mint)
        {
            var decimals = SolanaAccount.DecimalsOf(mint, token);
            var (all, frozen) = (BigInteger.Zero, BigInteger.Zero);
            for (var i = 0; i < read.Length; i++)
            {
                if (ReferenceEquals(read[i].Token, token))
                {
                    var (units, isFrozen) = SolanaAccount.UnitsOf(accounts[4 + i], token, wallet);
                    (all, frozen) = (all + units, isFrozen ? frozen + units : frozen);
                }
            }

            foreach (var account in dust.Where(a => ReferenceEquals(a.Token, token)))
            {
                all += account.Units;
            }

            return (BaseUnits.ToCoins(all, decimals), BaseUnits.ToCoins(frozen, decimals));
        }
    }

    private static void CheckNetwork(Wallet wallet, string genesis)
    {
        var network = Networks.GetValueOrDefault(genesis, "a chain that is none of Solana's");
        if (network != wallet.Network)
        {
            throw new UnreadableBalanceException($"SOLANA_RPC_URL leads to {network}, SOLANA_NETWORK says {wallet.Network}");
        }
    }

    // By mint, not by program: accounts of the Token-2022 program are found as well. Of each only the amount, so that thousands fit into
    // one answer.
    private static RpcCall AccountsOf(Wallet wallet, Token token) => new(
        "getTokenAccountsByOwner",
        wallet.Address,
        new JsonObject { ["mint"] = token.Address },
        Options(SolanaAccount.AmountOffset, sizeof(ulong)));

    private static JsonObject Options(int offset, int length) => new()
    {
        ["encoding"] = "base64",
        ["commitment"] = "finalized",
        ["dataSlice"] = new JsonObject { ["offset"] = offset, ["length"] = length },
    };

    private static IEnumerable<(string Address, Token Token, ulong Units)> Amounts(JsonElement result, Token token) =>
        result.GetProperty("value").EnumerateArray().Select(account => (
            account.GetProperty("pubkey").GetString() is { } key && SolanaKeys.IsAddress(key) ? key : throw new FormatException(),
            token,
            SolanaAccount.AmountOf(account.GetProperty("account"))));
}
