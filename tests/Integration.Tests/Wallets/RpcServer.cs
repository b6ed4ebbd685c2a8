using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Integration.Tests.Wallets;

/// <summary>A JSON-RPC server that answers as a test tells it.</summary>
public sealed class RpcServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RpcServer(WebApplication app) => _app = app;

    /// <summary>Its address, with a secret in it as operators' providers have them.</summary>
    public Uri Url => new($"{_app.Urls.Single()}/v2/a-secret-key");

    /// <summary>How many batches came.</summary>
    public int Requests { get; private set; }

    /// <summary>The result of a call, from its method and parameters. It begins with an empty wallet on Solana.</summary>
    public Func<string, JsonArray, JsonNode?> Result { get; set; } = (method, _) => method == "getBalance" ? Lamports(0) : TokenAccounts();

    /// <summary>Answers a whole request instead of <see cref="Result"/>.</summary>
    public Func<HttpContext, Task>? Answer { get; set; }

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

    /// <summary>What <c>getBalance</c> answers (https://solana.com/docs/rpc/http/getbalance).</summary>
    public static JsonObject Lamports(long lamports) => new() { ["context"] = Context(), ["value"] = lamports };

    /// <summary>What <c>getTokenAccountsByOwner</c> answers (https://solana.com/docs/rpc/http/gettokenaccountsbyowner).</summary>
    public static JsonObject TokenAccounts(params JsonNode[] accounts) => new() { ["context"] = Context(), ["value"] = new JsonArray(accounts) };

    /// <summary>One of those accounts.</summary>
    public static JsonObject TokenAccount(string owner, string mint, string amount, int decimals, string program = "spl-token") => new()
    {
        ["pubkey"] = "C2gJg6tKpQs41PRS1nC8aw3ZKNZK3HQQZGVrDFDup5nx",
        ["account"] = new JsonObject
        {
            ["data"] = new JsonObject
            {
                ["program"] = program,
                ["parsed"] = new JsonObject
                {
                    ["type"] = "account",
                    ["info"] = new JsonObject
                    {
                        ["isNative"] = false,
                        ["mint"] = mint,
                        ["owner"] = owner,
                        ["state"] = "initialized",
                        ["tokenAmount"] = new JsonObject { ["amount"] = amount, ["decimals"] = decimals, ["uiAmount"] = 0.1, ["uiAmountString"] = "0.1" },
                    },
                },
                ["space"] = 165,
            },
            ["executable"] = false,
            ["lamports"] = 2039280,
            ["owner"] = program == "spl-token" ? "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" : "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb",
            ["rentEpoch"] = 0,
            ["space"] = 165,
        },
    };

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static JsonObject Context() => new() { ["apiVersion"] = "2.2.0", ["slot"] = 341197053 };

    private async Task AnswerAsync(HttpContext context)
    {
        Requests++;
        if (Answer is { } answer)
        {
            await answer(context);
            return;
        }

        var batch = (JsonArray)(await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!;
        // In another order than they were asked in, as JSON-RPC 2.0 allows.
        var answers = new JsonArray([.. batch.Reverse().Select(call => (JsonNode)new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = call!["id"]!.DeepClone(),
            ["result"] = Result((string)call["method"]!, (JsonArray)call["params"]!),
        })]);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(JsonSerializer.Serialize(answers), context.RequestAborted);
    }
}
