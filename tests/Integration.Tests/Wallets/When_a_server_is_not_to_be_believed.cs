using Gateway.Testing.Servers;
using Gateway.Worker.Jobs;
using Xunit;

namespace Gateway.Integration.Tests.Wallets;

// The servers stand in for nodes of Solana, and of BNB Smart Chain where that is said. (docs/faults.md: D5)
public sealed class When_a_server_is_not_to_be_believed(TestServers servers)
{
    private const string Usdt = WalletsDatabase.UsdtMint;

    [Fact]
    public async Task Should_ask_the_next_one_when_it_is_behind_the_last_reading()
    {
        await using var first = await RpcServer.StartAsync();
        await using var second = await RpcServer.StartAsync();
        await using var database = await WalletsDatabase.CreateAsync(servers, WalletsDatabase.OnSolana(first.Url, second.Url));
        (first.Height, second.Height) = (1_000, 1_001);
        first.Holds((Usdt, 5_000_000_000));
        await database.CheckAsync();

        first.Height = 999;
        second.Holds((Usdt, 6_000_000_000));
        await database.CheckAsync();

        Assert.Equal([5_000m, 6_000m], (await database.SnapshotsAsync()).Select(s => s.UsdtBalance));
        Assert.Equal(["{\"slot\": 1000}", "{\"slot\": 1001}"], (await database.SnapshotsAsync()).Select(s => s.Metadata));
        Assert.Equal(1_001, Assert.Single(await database.ReadAsync(db => db.WalletStates)).Height);

        second.Height = 1_000;
        Assert.Equal(
            "solana: 127.0.0.1: its slot 999 is older than 1001, at which the wallet was read before; "
            + "127.0.0.1: its slot 1000 is older than 1001, at which the wallet was read before",
            await ComplaintAsync(database));
        Assert.Equal(2, (await database.SnapshotsAsync()).Count);
    }

    [Fact]
    public async Task Should_ask_the_next_one_when_its_newest_slot_is_old()
    {
        await using var frozen = await RpcServer.StartAsync();
        await using var good = await RpcServer.StartAsync();
        (frozen.Height, frozen.Age) = (1_000, TimeSpan.FromMinutes(3));
        frozen.Holds((Usdt, 8_000_000_000));
        await using var database = await WalletsDatabase.CreateAsync(servers, WalletsDatabase.OnSolana(frozen.Url, good.Url));

        await database.CheckAsync();
        Assert.Equal(0, Assert.Single(await database.SnapshotsAsync()).UsdtBalance);

        good.Age = TimeSpan.FromDays(1);
        Assert.Contains("127.0.0.1: its slot 341197053 is of ", await ComplaintAsync(database), StringComparison.Ordinal);
    }

    // Kept, its slot would make every honest server one that is behind.
    [Fact]
    public async Task Should_ask_the_next_one_when_its_newest_slot_is_of_the_future()
    {
        await using var wrong = await RpcServer.StartAsync();
        await using var good = await RpcServer.StartAsync();
        (wrong.Height, wrong.Age) = (long.MaxValue / 2, TimeSpan.FromMinutes(-10));
        wrong.Holds((Usdt, 8_000_000_000));
        await using var database = await WalletsDatabase.CreateAsync(servers, WalletsDatabase.OnSolana(wrong.Url, good.Url));

        await database.CheckAsync();

        Assert.Equal(good.Height, Assert.Single(await database.ReadAsync(db => db.WalletStates)).Height);
        good.Age = TimeSpan.FromDays(-1);
        Assert.Contains("127.0.0.1: its slot 341197053 is of ", await ComplaintAsync(database), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_ask_the_next_one_when_the_newest_block_of_BSC_is_old()
    {
        await using var frozen = await RpcServer.StartAsync();
        frozen.Age = TimeSpan.FromMinutes(3);
        await using var good = await RpcServer.StartAsync();
        await using var database = await WalletsDatabase.CreateAsync(servers, OnBsc(frozen.Url, good.Url));

        await database.CheckAsync();

        Assert.Equal(["{\"block\": 341197053}"], (await database.SnapshotsAsync()).Select(s => s.Metadata));
        good.Age = TimeSpan.FromMinutes(3);
        Assert.Contains("127.0.0.1: its block 341197053 is of ", await ComplaintAsync(database), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RpcServer.Devnet, "SOLANA_RPC_URL leads to devnet, SOLANA_NETWORK says mainnet")]
    [InlineData("7BqFcKDrjN6Y1SuASYyqrLKYgnNcbyb8YkJ8sXpUcLnT", "SOLANA_RPC_URL leads to a chain that is none of Solana's, SOLANA_NETWORK says mainnet")]
    public async Task Should_ask_the_next_one_when_it_is_on_another_network_and_name_that(string genesis, string complaint)
    {
        await using var other = await RpcServer.StartAsync();
        other.Genesis = genesis;
        other.Holds((Usdt, 8_000_000_000));
        await using var good = await RpcServer.StartAsync();
        await using var database = await WalletsDatabase.CreateAsync(servers, WalletsDatabase.OnSolana(other.Url, good.Url));

        await database.CheckAsync();
        Assert.Equal(0, Assert.Single(await database.SnapshotsAsync()).UsdtBalance);

        good.Genesis = genesis;
        Assert.Contains($"127.0.0.1: {complaint}", await ComplaintAsync(database), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_not_believe_that_a_token_is_gone_when_another_says_that_it_is_there_or_cannot_say()
    {
        await using var first = await RpcServer.StartAsync();
        await using var second = await RpcServer.StartAsync();
        first.Holds((Usdt, 8_000_000_000));
        second.Holds((Usdt, 8_000_000_000));
        await using var database = await WalletsDatabase.CreateAsync(servers, WalletsDatabase.OnSolana(first.Url, second.Url));
        await database.CheckAsync();

        first.Holds();

        Assert.Equal(
            "solana: USDT fell to 0 at 127.0.0.1, which no other server confirms: not so at 127.0.0.1 a moment later",
            await ComplaintAsync(database));
        second.Genesis = RpcServer.Devnet;
        Assert.StartsWith(
            "solana: USDT fell to 0 at 127.0.0.1, which no other server confirms: 127.0.0.1: SOLANA_RPC_URL leads to devnet",
            await ComplaintAsync(database),
            StringComparison.Ordinal);
        Assert.Single(await database.SnapshotsAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Should_believe_that_a_token_is_gone_when_it_was_read_again_and_raise_an_alarm(int urls)
    {
        await using var first = await RpcServer.StartAsync();
        await using var second = await RpcServer.StartAsync();
        first.Holds((Usdt, 8_000_000_000), (WalletsDatabase.UsdcMint, 2_000_000_000));
        await using var database = await WalletsDatabase.CreateAsync(
            servers, WalletsDatabase.OnSolana(new[] { first.Url, second.Url }.Take(urls).ToArray()));
        await database.CheckAsync();
        var before = first.Requests;

        first.Holds((WalletsDatabase.UsdcMint, 2_000_000_000));
        second.Holds((WalletsDatabase.UsdcMint, 2_000_000_000));
        await database.CheckAsync();

        Assert.Equal([8_000m, 0m], (await database.SnapshotsAsync()).Select(s => s.UsdtBalance));
        Assert.Contains("USDT of wallet solana", database.Log, StringComparison.Ordinal);
        Assert.Contains("fell to exactly zero", database.Log, StringComparison.Ordinal);
        // Two requests a reading.
        Assert.Equal(urls == 1 ? (4, 0) : (2, 2), (first.Requests - before, second.Requests));
    }

    private static Dictionary<string, string?> OnBsc(params Uri[] rpc) => new()
    {
        ["BSC_WALLET_ADDRESS"] = "0x8894E0a0c962CB723c1976a4421c95949bE2D4E3",
        ["BSC_RPC_URL"] = string.Join(",", rpc.AsEnumerable()),
        ["BSC_USDT_CONTRACT"] = "0x0000000000000000000000000000000000000001",
        ["BSC_USDC_CONTRACT"] = "0x0000000000000000000000000000000000000002",
    };

    private static async Task<string> ComplaintAsync(WalletsDatabase database)
    {
        var failure = await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);
        Assert.Equal("balance_unreadable", failure.Reason);
        return failure.Message;
    }
}
