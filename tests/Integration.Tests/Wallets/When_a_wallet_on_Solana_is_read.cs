using Gateway.Integration.Tests.Servers;
using Gateway.Worker.Jobs;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Integration.Tests.Wallets;

public sealed class When_a_wallet_on_Solana_is_read(TestServers servers)
{
    private const string Owner = WalletsDatabase.SolanaWallet;
    private const string Usdt = WalletsDatabase.UsdtMint;
    private const string Usdc = WalletsDatabase.UsdcMint;

    [Fact]
    public async Task Should_add_up_all_accounts_of_a_mint_exactly_those_of_Token_2022_too()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Result = (method, parameters) => method == "getBalance"
            ? RpcServer.Lamports(1_000_000_001)
            : (string?)parameters[1]!["mint"] == Usdt
                ? RpcServer.TokenAccounts(
                    RpcServer.TokenAccount(Owner, Usdt, "1000000001", 6), RpcServer.TokenAccount(Owner, Usdt, "500000002", 6, "spl-token-2022"))
                : RpcServer.TokenAccounts();
        await using var database = await WalletsDatabase.CreateAsync(servers, WalletsDatabase.OnSolana(rpc.Url));

        Assert.Equal("wallets read: 1", await database.CheckAsync());

        var snapshot = Assert.Single(await database.SnapshotsAsync());
        Assert.Equal((1.000000001m, 1500.000003m, 0m, 1500.000003m), (snapshot.NativeBalance, snapshot.UsdtBalance, snapshot.UsdcBalance, snapshot.TotalUsdValue));
    }

    public static TheoryData<string, string, string> Lies => new()
    {
        { "negative", "-1", "a negative amount" },
        { "text", "lots", "an amount that is not a whole number" },
        { "a fraction", "1.5", "an amount that is not a whole number" },
        { "10^40", "1" + new string('0', 40), "too large to be kept exactly" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task Should_take_no_lie_for_a_balance(string lie, string amount, string complaint)
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Result = (method, _) => method == "getBalance" ? RpcServer.Lamports(1) : RpcServer.TokenAccounts(RpcServer.TokenAccount(Owner, Usdt, amount, 6));

        await IsUnreadableAsync(rpc, complaint);

        Assert.NotEmpty(lie);
    }

    [Fact]
    public async Task Should_not_believe_in_other_decimals_than_the_token_has()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Result = (method, parameters) => method == "getBalance"
            ? RpcServer.Lamports(1)
            : RpcServer.TokenAccounts(RpcServer.TokenAccount(Owner, (string)parameters[1]!["mint"]!, "1", 9));

        await IsUnreadableAsync(rpc, "a token with 9 decimals instead of 6");
    }

    [Fact]
    public async Task Should_not_count_what_belongs_to_another()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Result = (method, parameters) => method == "getBalance"
            ? RpcServer.Lamports(1)
            : RpcServer.TokenAccounts(RpcServer.TokenAccount("11111111111111111111111111111111", (string)parameters[1]!["mint"]!, "1", 6));

        await IsUnreadableAsync(rpc, "an account of another mint or owner");
    }

    [Theory]
    [InlineData("""[{"jsonrpc":"2.0","id":0,"error":{"code":-32005,"message":"Node is behind by 42 slots"}}]""", "JSON-RPC error -32005")]
    [InlineData("""{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid request"},"id":null}""", "JSON-RPC error -32600")]
    [InlineData("""[{"jsonrpc":"2.0","id":0,"result":{"value":1}}]""", "an answer is missing")]
    [InlineData("""[{"jsonrpc":"2.0","id":7,"result":{"value":1}}]""", "an answer of another shape")]
    [InlineData("[]", "an answer is missing")]
    [InlineData("null", "an answer of another shape")]
    [InlineData("<html>busy</html>", "an answer of another shape")]
    public async Task Should_say_why_an_answer_cannot_be_used(string answer, string complaint)
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Answer = context => context.Response.WriteAsync(answer);

        await IsUnreadableAsync(rpc, complaint);
    }

    [Theory]
    [InlineData(429, "HTTP 429", 2)]
    [InlineData(500, "HTTP 500", 2)]
    [InlineData(401, "HTTP 401", 1)]
    [InlineData(302, "HTTP 302", 1)]
    public async Task Should_try_a_server_twice_when_it_is_in_trouble(int status, string complaint, int requests)
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Answer = context =>
        {
            context.Response.StatusCode = status;
            (context.Response.Headers.RetryAfter, context.Response.Headers.Location) = ("3600", "http://127.0.0.1:1/");
            return Task.CompletedTask;
        };

        await IsUnreadableAsync(rpc, complaint);

        Assert.Equal(requests, rpc.Requests);
    }

    [Fact]
    public async Task Should_bear_a_body_of_50_MB()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Answer = async context =>
        {
            var megabyte = new byte[1024 * 1024];
            for (var sent = 0; sent < 50; sent++)
            {
                await context.Response.Body.WriteAsync(megabyte, context.RequestAborted);
            }
        };

        await IsUnreadableAsync(rpc, "an answer of more than 1048576 bytes");
    }

    [Fact]
    public async Task Should_go_on_from_a_server_that_hangs_to_the_next_and_name_no_secret()
    {
        await using var hanging = await RpcServer.StartAsync();
        hanging.Answer = context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        await using var good = await RpcServer.StartAsync();
        await using var database = await WalletsDatabase.CreateAsync(
            servers, [.. WalletsDatabase.OnSolana(hanging.Url, new Uri("http://127.0.0.1:1/a-secret-key"), good.Url), new("WALLET_RPC_TIMEOUT", "200ms")]);

        Assert.Equal("wallets read: 1", await database.CheckAsync());

        Assert.Equal((2, 1), (hanging.Requests, good.Requests));
        Assert.DoesNotContain("a-secret-key", database.Log, StringComparison.Ordinal);
    }

    private async Task IsUnreadableAsync(RpcServer rpc, string complaint)
    {
        await using var database = await WalletsDatabase.CreateAsync(servers, WalletsDatabase.OnSolana(rpc.Url));

        var failure = await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);

        Assert.Equal("balance_unreadable", failure.Reason);
        Assert.Contains(complaint, failure.Message, StringComparison.Ordinal);
        // Unknown is not zero: no snapshot, and no alert of a low balance.
        Assert.Empty(await database.SnapshotsAsync());
        Assert.Empty(await database.EventsAsync());
        Assert.DoesNotContain("a-secret-key", failure + database.Log, StringComparison.Ordinal);
    }
}
