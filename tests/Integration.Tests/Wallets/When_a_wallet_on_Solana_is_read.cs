using Gateway.Testing.Servers;
using Gateway.Worker.Demo;
using Gateway.Worker.Jobs;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Integration.Tests.Wallets;

/// <summary>What trials found (docs/faults.md: D13, D15, H8).</summary>
public sealed class When_a_wallet_on_Solana_is_read(TestServers servers)
{
    private const string Usdt = WalletsDatabase.UsdtMint;
    private const string Usdc = WalletsDatabase.UsdcMint;
    private const string OtherMint = "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU";

    [Fact]
    public async Task Should_add_up_all_accounts_of_a_mint_exactly()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Lamports = 1_000_000_001;
        rpc.Holds((Usdt, 1_000_000_001), (Usdt, 500_000_002));
        await using var database = await WalletsDatabase.CreateAsync(servers, WalletsDatabase.OnSolana(rpc.Url));

        Assert.Equal("wallets read: 1", await database.CheckAsync());

        var snapshot = Assert.Single(await database.SnapshotsAsync());
        Assert.Equal((1.000000001m, 1500.000003m, 0m, 1500.000003m), (snapshot.NativeBalance, snapshot.UsdtBalance, snapshot.UsdcBalance, snapshot.TotalUsdValue));
    }

    // H8: no mint of one program has accounts of the other.
    [Fact]
    public async Task Should_know_a_token_of_the_program_Token_2022()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Programs[OtherMint] = RpcServer.Token2022;
        rpc.Holds((OtherMint, 1_000_000_001), (OtherMint, 500_000_002));
        await using var database = await WalletsDatabase.CreateAsync(
            servers, [.. WalletsDatabase.OnSolana(rpc.Url), new("SOLANA_USDT_MINT", OtherMint)]);

        Assert.Equal("wallets read: 1", await database.CheckAsync());

        Assert.Equal(1500.000003m, Assert.Single(await database.SnapshotsAsync()).UsdtBalance);
    }

    [Fact]
    public async Task Should_take_no_lie_for_a_balance()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Result = (method, parameters) =>
        {
            var result = rpc.Respond(method, parameters);
            if (method == "getMultipleAccounts")
            {
                result!["value"]![0]!["lamports"] = -1;
            }

            return result;
        };

        await IsUnreadableAsync(rpc, "a negative amount");
    }

    [Fact]
    public async Task Should_not_keep_an_amount_that_it_cannot_keep_exactly()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Decimals = 0;
        rpc.Holds((OtherMint, ulong.MaxValue));

        await IsUnreadableAsync(rpc, "too large to be kept exactly", new("SOLANA_USDT_MINT", OtherMint), new("SOLANA_USDC_MINT", OtherMint));
    }

    [Fact]
    public async Task Should_not_believe_in_other_decimals_than_the_token_has()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Decimals = 9;

        await IsUnreadableAsync(rpc, "a token with 9 decimals instead of 6");
    }

    [Fact]
    public async Task Should_not_count_what_belongs_to_another()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Adds(Usdt, SampleAccounts.Token(Usdt, "11111111111111111111111111111111", 1));

        await IsUnreadableAsync(rpc, "an account of another mint or owner");
    }

    [Theory]
    [InlineData("""[{"jsonrpc":"2.0","id":0,"error":{"code":-32005,"message":"Node is behind by 42 slots"}}]""", "JSON-RPC error -32005: Node is behind by 42 slots")]
    [InlineData("""{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid request"},"id":null}""", "JSON-RPC error -32600: Invalid request")]
    [InlineData("""[{"jsonrpc":"2.0","id":0,"result":{"value":1}}]""", "an answer is missing")]
    [InlineData("""[{"jsonrpc":"2.0","id":7,"result":{"value":1}}]""", "an answer of another shape")]
    [InlineData("""[{"jsonrpc":"2.0","id":0,"error":null,"result":"x"}]""", "an answer is missing")]
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

        await IsUnreadableAsync(rpc, "an answer of more than 8388608 bytes");
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

        Assert.Equal((2, 2), (hanging.Requests, good.Requests));
        Assert.DoesNotContain("a-secret-key", database.Log, StringComparison.Ordinal);
    }

    // Somebody opens thousands of accounts for the wallet, with dust in some.
    [Fact]
    public async Task Should_find_the_money_among_thousands_of_accounts_of_strangers()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Holds([.. Enumerable.Range(0, 6_000).Select(n => (Usdt, n < 200 ? 1ul : 0ul)), (Usdt, 8_000_000_000), (Usdc, 1_000_000_000)]);
        await using var database = await WalletsDatabase.CreateAsync(servers, WalletsDatabase.OnSolana(rpc.Url));

        Assert.Equal("wallets read: 1", await database.CheckAsync());

        var snapshot = Assert.Single(await database.SnapshotsAsync());
        Assert.Equal((8_000.0002m, 1_000m), (snapshot.UsdtBalance, snapshot.UsdcBalance));
    }

    // Else a swap between two slots shows both sides, or neither.
    [Fact]
    public async Task Should_read_both_tokens_at_one_slot()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Holds((Usdt, 3_000_000_000), (Usdc, 0));
        rpc.Result = (method, parameters) =>
        {
            var result = rpc.Respond(method, parameters);
            if (method == "getTokenAccountsByOwner")
            {
                rpc.Holds((Usdt, 0), (Usdc, 3_000_000_000));
            }

            return result;
        };
        await using var database = await WalletsDatabase.CreateAsync(servers, WalletsDatabase.OnSolana(rpc.Url));

        await database.CheckAsync();

        var snapshot = Assert.Single(await database.SnapshotsAsync());
        Assert.Equal((0m, 3_000m), (snapshot.UsdtBalance, snapshot.UsdcBalance));
    }

    [Fact]
    public async Task Should_ask_one_after_the_other_where_batches_are_refused()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.RefusesBatches = true;
        rpc.Holds((Usdt, 3_000_000_000));
        await using var database = await WalletsDatabase.CreateAsync(servers, WalletsDatabase.OnSolana(rpc.Url));

        Assert.Equal("wallets read: 1", await database.CheckAsync());

        Assert.Equal(3_000m, Assert.Single(await database.SnapshotsAsync()).UsdtBalance);
        // The refused batch and four calls.
        Assert.Equal(5, rpc.Requests);
    }

    [Theory]
    [InlineData(400, """{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no batches for a-secret-key\r\nhere"}}""", "HTTP 400, JSON-RPC error -32600: no batches for ***  here")]
    [InlineData(403, "<html>", "HTTP 403")]
    [InlineData(200, """{"error":"rate limited"}""", "JSON-RPC error: rate limited")]
    [InlineData(429, """{"error":{"code":429,"message":"too many"}}""", "HTTP 429, JSON-RPC error 429: too many")]
    public async Task Should_tell_what_the_server_says(int status, string body, string complaint)
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Answer = context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body);
        };

        await IsUnreadableAsync(rpc, complaint);
    }

    // As version 1 of JSON-RPC has it.
    [Fact]
    public async Task Should_take_an_error_of_null_for_none()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.HasNullErrors = true;
        rpc.Holds((Usdt, 3_000_000_000));
        await using var database = await WalletsDatabase.CreateAsync(servers, WalletsDatabase.OnSolana(rpc.Url));

        Assert.Equal("wallets read: 1", await database.CheckAsync());
    }

    private async Task IsUnreadableAsync(RpcServer rpc, string complaint, params KeyValuePair<string, string?>[] more)
    {
        await using var database = await WalletsDatabase.CreateAsync(servers, [.. WalletsDatabase.OnSolana(rpc.Url), .. more]);

        var failure = await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);

        Assert.Equal("balance_unreadable", failure.Reason);
        Assert.Contains(complaint, failure.Message, StringComparison.Ordinal);
        // Unknown is not zero: no snapshot, and no alert of a low balance.
        Assert.Empty(await database.SnapshotsAsync());
        Assert.Empty(await database.EventsAsync());
        Assert.DoesNotContain("a-secret-key", failure + database.Log, StringComparison.Ordinal);
    }
}
