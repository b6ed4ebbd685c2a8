using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Worker.Demo;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SimpleBase;
using Xunit;

namespace Gateway.Integration.Tests.Wallets;

/// <summary>
/// A JSON-RPC server that answers as a test tells it. It begins as one of Solana's mainnet, with a wallet that holds nothing.
/// </summary>
public sealed class RpcServer : IAsyncDisposable
{
    public const string Mainnet = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";
    public const string Devnet = "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG";
    public const string Token2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb";

    private readonly WebApplication _app;
    private readonly List<(string Address, string Mint, JsonObject Account)> _accounts = [];

    private RpcServer(WebApplication app)
    {
        _app = app;
        Result = Respond;
    }

    /// <summary>Its address, with a secret in it as operators' providers have them.</summary>
    public Uri Url => new($"{_app.Urls.Single()}/v2/a-secret-key");

    /// <summary>How many requests came.</summary>
    public int Requests { get; private set; }

    /// <summary>Answers a batch with an error, as servers do that know none.</summary>
    public bool RefusesBatches { get; set; }

    /// <summary>Has an error of null beside each result.</summary>
    public bool HasNullErrors { get; set; }

    public string Genesis { get; set; } = Mainnet;

    /// <summary>The slot, or the block's number.</summary>
    public long Height { get; set; } = 341_197_053;

    /// <summary>The clock that the chain goes by.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>How long ago that was.</summary>
    public TimeSpan Age { get; set; }

    public long Lamports { get; set; }

    public byte Decimals { get; set; } = 6;

    /// <summary>The programs of mints that are not of the usual one: a mint and all accounts of it are of the same.</summary>
    public Dictionary<string, string> Programs { get; } = [];

    /// <summary>The result of a call, from its method and parameters.</summary>
    public Func<string, JsonArray, JsonNode?> Result { get; set; }

    /// <summary>Answers a whole request instead of <see cref="Result"/>.</summary>
    public Func<HttpContext, Task>? Answer { get; set; }

    private DateTimeOffset Time => Clock.GetUtcNow() - Age;

    public static async Task<RpcServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var server = new RpcServer(builder.Build());
        server._app.MapPost("/v2/a-secret-key", server.AnswerAsync);
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>Replaces all token accounts by these.</summary>
    public void Holds(params (string Mint, ulong Units)[] amounts)
    {
        _accounts.Clear();
        foreach (var (mint, units) in amounts)
        {
            Adds(mint, SampleAccounts.Token(mint, WalletsDatabase.SolanaWallet, units, program: ProgramOf(mint)));
        }
    }

    /// <summary>Adds a token account, at an address of its own.</summary>
    public void Adds(string mint, JsonObject account)
    {
        var address = new byte[32];
        BitConverter.TryWriteBytes(address, _accounts.Count + 1);
        _accounts.Add((Base58.Bitcoin.Encode(address), mint, account));
    }

    /// <summary>What the server is made to hold.</summary>
    public JsonNode? Respond(string method, JsonArray parameters) => method switch
    {
        "getGenesisHash" => Genesis,
        // https://solana.com/docs/rpc/http/gettokenaccountsbyowner
        "getTokenAccountsByOwner" => InContext(_accounts.Where(account => account.Mint == (string?)parameters[1]!["mint"]).Select(account =>
            new JsonObject { ["pubkey"] = account.Address, ["account"] = SampleAccounts.Slice(account.Account, parameters[2]) })),
        // https://solana.com/docs/rpc/http/getmultipleaccounts
        "getMultipleAccounts" => InContext(((JsonArray)parameters[0]!).Select(address => SampleAccounts.Slice(AccountAt((string)address!), parameters[1]))),
        "eth_chainId" => "0x61",
        "eth_getBlockByNumber" => new JsonObject { ["number"] = Hex(Height), ["timestamp"] = Hex(Time.ToUnixTimeSeconds()) },
        _ => "0x" + new string('0', 64),
    };

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static string Hex(long number) => "0x" + number.ToString("x", CultureInfo.InvariantCulture);

    private JsonObject AccountAt(string address) => address switch
    {
        WalletsDatabase.SolanaWallet => SampleAccounts.Wallet(Lamports),
        "SysvarC1ock11111111111111111111111111111111" => SampleAccounts.Clock(Height, Time),
        _ => _accounts.Where(account => account.Address == address).Select(account => account.Account).FirstOrDefault() ?? SampleAccounts.Mint(Decimals, ProgramOf(address)),
    };

    private string ProgramOf(string mint) => Programs.GetValueOrDefault(mint, SampleAccounts.TokenProgram);

    private JsonObject AnswerTo(JsonNode call)
    {
        var answer = new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = call["id"]!.DeepClone(),
            ["result"] = Result((string)call["method"]!, (JsonArray)call["params"]!),
        };
        if (HasNullErrors)
        {
            answer["error"] = null;
        }

        return answer;
    }

    private JsonObject InContext(IEnumerable<JsonNode> value) => new()
    {
        ["context"] = new JsonObject { ["apiVersion"] = "2.2.0", ["slot"] = Height },
        ["value"] = new JsonArray([.. value]),
    };

    private async Task AnswerAsync(HttpContext context)
    {
        Requests++;
        if (Answer is { } answer)
        {
            await answer(context);
            return;
        }

        var request = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!;
        JsonNode answers = request is not JsonArray batch ? AnswerTo(request)
            : RefusesBatches ? JsonNode.Parse("""{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Batch requests are not supported"}}""")!
            // In another order than they were asked in, as JSON-RPC 2.0 allows.
            : new JsonArray([.. batch.Reverse().Select(call => (JsonNode)AnswerTo(call!))]);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(JsonSerializer.Serialize(answers), context.RequestAborted);
    }
}
