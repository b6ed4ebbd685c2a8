using System.Globalization;
using System.Text.Json.Nodes;

namespace Gateway.Worker.Demo;

/// <summary>
/// Stands in for the chains: JSON-RPC servers of Solana and BNB Smart Chain on a free loopback port, with one hot wallet on each.
/// </summary>
internal sealed class SampleChains : IAsyncDisposable
{
    /// <summary>USDT on Solana: less than the wallet should hold.</summary>
    public const int SolanaUsdt = 640;

    private const int BscUsdc = 4_200;
    private const string SolanaWallet = "7cVfgArCheMR6Cs4t6vz5rfnqd56vZq4ndaBrY5xkxXy";
    private const string BscWallet = "0x8894E0a0c962CB723c1976a4421c95949bE2D4E3";
    private const string Usdt = "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB";
    private const string BscUsdcContract = "0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d";

    private readonly WebApplication _app;

    private SampleChains(WebApplication app) => _app = app;

    /// <summary>The wallets, as an operator configures them.</summary>
    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["SOLANA_NETWORK"] = "mainnet",
        ["SOLANA_WALLET_ADDRESS"] = SolanaWallet,
        ["SOLANA_RPC_URL"] = _app.Urls.Single() + "/solana",
        ["BSC_NETWORK"] = "mainnet",
        ["BSC_WALLET_ADDRESS"] = BscWallet,
        ["BSC_RPC_URL"] = _app.Urls.Single() + "/bsc",
    };

    public static async Task<SampleChains> StartAsync(CancellationToken stop)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/solana", (JsonArray batch) => Answer(batch, Solana));
        app.MapPost("/bsc", (JsonArray batch) => Answer(batch, Bsc));
        await app.StartAsync(stop);
        return new SampleChains(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static JsonArray Answer(JsonArray batch, Func<string, JsonArray, JsonNode> result) =>
        new([.. batch.Select(call => (JsonNode)new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = call!["id"]!.DeepClone(),
            ["result"] = result((string)call["method"]!, (JsonArray)call["params"]!),
        })]);

    private static JsonNode Solana(string method, JsonArray parameters)
    {
        const string MainnetGenesis = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";
        const string TokenAccount = "C2gJg6tKpQs41PRS1nC8aw3ZKNZK3HQQZGVrDFDup5nx";
        var now = TimeProvider.System.GetUtcNow();
        var slot = now.ToUnixTimeMilliseconds() / 400;
        return method switch
        {
            "getGenesisHash" => MainnetGenesis,
            "getTokenAccountsByOwner" => Answer((string?)parameters[1]!["mint"] == Usdt
                ? [new JsonObject { ["pubkey"] = TokenAccount, ["account"] = SampleAccounts.Slice(OfUsdt(), parameters[2]) }]
                : []),
            _ => Answer([.. ((JsonArray)parameters[0]!).Select(key => SampleAccounts.Slice(AccountAt((string?)key), parameters[1]))]),
        };

        JsonObject Answer(JsonArray value) => new() { ["context"] = new JsonObject { ["slot"] = slot }, ["value"] = value };

        JsonObject AccountAt(string? address) => address switch
        {
            SolanaWallet => SampleAccounts.Wallet(2_500_000_000),
            "SysvarC1ock11111111111111111111111111111111" => SampleAccounts.Clock(slot, now),
            TokenAccount => OfUsdt(),
            _ => SampleAccounts.Mint(decimals: 6),
        };

        static JsonObject OfUsdt() => SampleAccounts.Token(Usdt, SolanaWallet, SolanaUsdt * 1_000_000ul);
    }

    // A word of the ABI: 64 hexadecimal digits.
    private static JsonNode Bsc(string method, JsonArray parameters)
    {
        const string Decimals = "0x313ce567";
        var now = TimeProvider.System.GetUtcNow();
        switch (method)
        {
            case "eth_chainId":
                return "0x38";
            case "eth_getBlockByNumber":
                return new JsonObject
                {
                    ["number"] = $"0x{now.ToUnixTimeMilliseconds() / 750:x}",
                    ["timestamp"] = $"0x{now.ToUnixTimeSeconds():x}",
                };
            case "eth_getBalance":
                return "0x1bc16d674ec80000";
        }

        var call = parameters[0]!;
        var isUsdc = string.Equals((string?)call["to"], BscUsdcContract, StringComparison.OrdinalIgnoreCase);
        var units = (string?)call["data"] == Decimals ? 18 : isUsdc ? (UInt128)BscUsdc * 1_000_000_000_000_000_000 : 0;
        return "0x" + units.ToString("x64", CultureInfo.InvariantCulture);
    }
}
