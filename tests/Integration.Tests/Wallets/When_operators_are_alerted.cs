using Gateway.Integration.Tests.Mail;
using Gateway.Integration.Tests.Servers;
using Gateway.Worker.Jobs;
using Xunit;

namespace Gateway.Integration.Tests.Wallets;

public sealed class When_operators_are_alerted(TestServers servers)
{
    private const string OutOfRange = "WalletBalanceOutOfRange";
    private const string BackInRange = "WalletBalanceBackInRange";

    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_be_told_on_crossing_once_a_day_and_when_it_is_over()
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(rpc, mails);

        await CheckAsync(5_000);
        await CheckAsync(999);
        await CheckAsync(998);
        database.Time.Advance(TimeSpan.FromDays(1));
        await CheckAsync(998);
        await CheckAsync(10_001);
        await CheckAsync(10_000);
        await CheckAsync(5_000);

        Assert.Equal(
            ["solana wallet below 1000 USD", "solana wallet still below 1000 USD", "solana wallet above 10000 USD", "solana wallet back in range"],
            [await SubjectAsync(mails), await SubjectAsync(mails), await SubjectAsync(mails), await SubjectAsync(mails)]);
        Assert.Equal(0, mails.Waiting);
        Assert.Equal([OutOfRange, OutOfRange, OutOfRange, BackInRange], await database.EventsAsync());
        Assert.Equal([false, true, false, true, true, true, false], (await database.SnapshotsAsync()).Select(s => s.AlertSent));

        async Task CheckAsync(int usd)
        {
            Holds(rpc, usd);
            Assert.Equal("wallets read: 1", await database.CheckAsync());
            database.Time.Advance(FiveMinutes);
        }
    }

    [Fact]
    public async Task Should_be_told_later_when_the_mail_server_is_in_trouble()
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(rpc, mails);
        Holds(rpc, 10);
        await mails.BehaveAsync("fail");

        var failure = await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);

        Assert.Equal("mail_failed", failure.Reason);
        Assert.False(Assert.Single(await database.SnapshotsAsync()).AlertSent);
        Assert.Equal([OutOfRange], await database.EventsAsync());

        await mails.BehaveAsync("accept");
        database.Time.Advance(TimeSpan.FromSeconds(10));
        await database.CheckAsync();
        Assert.Equal("solana wallet below 1000 USD", await SubjectAsync(mails));
        Assert.Equal([OutOfRange], await database.EventsAsync());
    }

    /// <summary>A16: the database ends transactions that are idle for less than the mail server takes.</summary>
    [Fact]
    public async Task Should_be_told_once_by_a_slow_mail_server_though_the_database_ends_idle_transactions()
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(rpc, mails);
        await database.EndIdleTransactionsAsync("500ms");
        Holds(rpc, 10);
        await mails.BehaveAsync("slow");

        Assert.Equal("wallets read: 1", await database.CheckAsync());
        database.Time.Advance(FiveMinutes);
        Assert.Equal("wallets read: 1", await database.CheckAsync());

        Assert.Equal("solana wallet below 1000 USD", await SubjectAsync(mails));
        Assert.Equal(0, mails.Waiting);
        Assert.Equal([true, false], (await database.SnapshotsAsync()).Select(s => s.AlertSent));
    }

    [Fact]
    public async Task Should_be_told_once_when_two_workers_check_at_once()
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(rpc, mails);
        Holds(rpc, 10);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(database.CheckAsync, Cancellation)));

        await SubjectAsync(mails);
        Assert.Equal(0, mails.Waiting);
        Assert.Equal([OutOfRange], await database.EventsAsync());
    }

    [Fact]
    public async Task Should_be_told_of_a_wallet_that_stays_unreadable_and_when_that_is_over()
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(rpc, mails);
        Holds(rpc, 5_000);
        await database.CheckAsync();
        var result = rpc.Result;
        rpc.Result = (_, _) => null;

        foreach (var pause in new[] { FiveMinutes, FiveMinutes, FiveMinutes, TimeSpan.FromDays(1) })
        {
            database.Time.Advance(pause);
            await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);
        }

        rpc.Result = result;
        await database.CheckAsync();

        Assert.Equal(
            ["solana wallet cannot be read", "solana wallet cannot be read", "solana wallet can be read again"],
            [await SubjectAsync(mails), await SubjectAsync(mails), await SubjectAsync(mails)]);
        Assert.Equal(0, mails.Waiting);
        Assert.Empty(await database.EventsAsync());
        Assert.Equal(2, (await database.SnapshotsAsync()).Count);
        Assert.Empty(await database.ReadAsync(db => db.UnreadableWallets));
    }

    [Fact]
    public async Task Should_check_the_other_wallet_when_one_cannot_be_read()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Result = (method, _) => method.StartsWith("eth_", StringComparison.Ordinal) ? "0x" + new string('0', 63) + "0" : null;
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(
            rpc,
            mails,
            new("BSC_WALLET_ADDRESS", "0x8894E0a0c962CB723c1976a4421c95949bE2D4E3"),
            new("BSC_RPC_URL", rpc.Url.ToString()),
            new("BSC_USDT_CONTRACT", "0x0000000000000000000000000000000000000001"),
            new("BSC_USDC_CONTRACT", "0x0000000000000000000000000000000000000002"));

        var failure = await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);

        Assert.StartsWith("solana: ", failure.Message, StringComparison.Ordinal);
        Assert.Equal(("bsc", 0m), Assert.Single((await database.SnapshotsAsync()).Select(s => (s.Chain, s.TotalUsdValue))));
        Assert.Equal("bsc wallet below 1000 USD", await SubjectAsync(mails));
    }

    private static async Task<string?> SubjectAsync(SmtpServer mails) => (await mails.NextAsync()).Message.Subject;

    private static void Holds(RpcServer rpc, int usd) => rpc.Result = (method, parameters) => method == "getBalance"
        ? RpcServer.Lamports(1)
        : (string?)parameters[1]!["mint"] == WalletsDatabase.UsdtMint
            ? RpcServer.TokenAccounts(RpcServer.TokenAccount(WalletsDatabase.SolanaWallet, WalletsDatabase.UsdtMint, $"{usd}000000", 6))
            : RpcServer.TokenAccounts();

    private Task<WalletsDatabase> CreateAsync(RpcServer rpc, SmtpServer mails, params KeyValuePair<string, string?>[] more) =>
        WalletsDatabase.CreateAsync(servers, [.. WalletsDatabase.OnSolana(rpc.Url), .. mails.Settings, .. more]);
}
