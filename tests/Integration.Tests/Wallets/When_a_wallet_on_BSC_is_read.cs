using Gateway.Testing.Servers;
using Gateway.Worker.Jobs;
using Xunit;

namespace Gateway.Integration.Tests.Wallets;

/// <summary>What trials found (docs/faults.md: D5).</summary>
public sealed class When_a_wallet_on_BSC_is_read(TestServers servers, EvmNode node) : IClassFixture<EvmNode>
{
    private const string Wallet = "0x8894E0a0c962CB723c1976a4421c95949bE2D4E3";

    [Fact]
    public async Task Should_know_every_unit_of_tokens_with_18_and_with_6_decimals()
    {
        var usdt = await node.DeployAsync(18, Wallet, UInt128.Parse("1234567890123456789012", null));
        var usdc = await node.DeployAsync(6, Wallet, 2_000_000_001);
        await node.SetBalanceAsync(Wallet, 1_000_000_000_000_000_001);
        await using var database = await WalletsDatabase.CreateAsync(servers, Settings(usdt, usdc));

        Assert.Equal("wallets read: 1", await database.CheckAsync());

        var snapshot = Assert.Single(await database.SnapshotsAsync());
        Assert.Equal(
            (1.000000000000000001m, 1234.567890123456789012m, 2000.000001m, 3234.567891123456789012m),
            (snapshot.NativeBalance, snapshot.UsdtBalance, snapshot.UsdcBalance, snapshot.TotalUsdValue));
        Assert.Equal(("bsc", "testnet", Wallet, "BNB", usdt, usdc), (snapshot.Chain, snapshot.Network, snapshot.WalletAddress, snapshot.NativeCurrency, snapshot.UsdtMint, snapshot.UsdcMint));
    }

    [Fact]
    public async Task Should_not_take_a_missing_contract_for_an_empty_wallet()
    {
        var usdt = await node.DeployAsync(18, Wallet, 1);
        await using var database = await WalletsDatabase.CreateAsync(servers, Settings(usdt, "0x000000000000000000000000000000000000dEaD"));

        var failure = await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);

        Assert.Equal("balance_unreadable", failure.Reason);
        Assert.Contains("no contract", failure.Message, StringComparison.Ordinal);
        Assert.Empty(await database.SnapshotsAsync());
    }

    [Fact]
    public async Task Should_not_keep_an_amount_that_it_cannot_keep_exactly()
    {
        var usdt = await node.DeployAsync(18, Wallet, UInt128.MaxValue);
        await using var database = await WalletsDatabase.CreateAsync(servers, Settings(usdt, usdt));

        var failure = await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);

        Assert.Contains("too large to be kept exactly", failure.Message, StringComparison.Ordinal);
        Assert.Empty(await database.SnapshotsAsync());
    }

    [Theory]
    [InlineData(56, "BSC_RPC_URL leads to mainnet, BSC_NETWORK says testnet")]
    [InlineData(31_337, "BSC_RPC_URL leads to the chain 31337, BSC_NETWORK says testnet")]
    public async Task Should_not_believe_a_node_of_another_chain_and_name_that(int chainId, string complaint)
    {
        var usdt = await node.DeployAsync(18, Wallet, 1);
        await using var database = await WalletsDatabase.CreateAsync(servers, Settings(usdt, usdt));
        await node.SetChainAsync(chainId);
        try
        {
            var failure = await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);

            Assert.Equal($"bsc: 127.0.0.1: {complaint}", failure.Message);
            Assert.Empty(await database.SnapshotsAsync());
        }
        finally
        {
            await node.SetChainAsync(97);
        }
    }

    [Fact]
    public async Task Should_not_believe_a_chain_that_was_rolled_back_until_it_has_come_further()
    {
        var usdt = await node.DeployAsync(18, Wallet, 5_000);
        await using var database = await WalletsDatabase.CreateAsync(servers, Settings(usdt, usdt));
        var kept = await node.KeepAsync();
        await node.MineAsync(5);
        await database.CheckAsync();
        var height = Assert.Single(await database.ReadAsync(db => db.WalletStates)).Height!.Value;

        await node.RollBackAsync(kept);

        var failure = await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);
        Assert.Equal($"bsc: 127.0.0.1: its block {height - 5} is older than {height}, at which the wallet was read before", failure.Message);
        await node.MineAsync(6);
        Assert.Equal("wallets read: 1", await database.CheckAsync());
        Assert.Equal([$$"""{"block": {{height}}}""", $$"""{"block": {{height + 1}}}"""], (await database.SnapshotsAsync()).Select(s => s.Metadata));
    }

    private Dictionary<string, string?> Settings(string usdt, string usdc) => new()
    {
        ["BSC_WALLET_ADDRESS"] = Wallet,
        ["BSC_RPC_URL"] = node.Url.ToString(),
        ["BSC_USDT_CONTRACT"] = usdt,
        ["BSC_USDC_CONTRACT"] = usdc,
    };
}
