using Gateway.Integration.Tests.Mail;
using Gateway.Testing.Servers;
using Gateway.Worker.Demo;
using Gateway.Worker.Jobs;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Integration.Tests.Wallets;

/// <summary>What trials found (docs/faults.md: A16, D5, D6, D11, D14, D19).</summary>
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
        Assert.All(await database.ReadAsync(db => db.OutboxMessages.Select(m => m.Body)), body => Assert.Contains("\"network\":\"mainnet\"", body, StringComparison.Ordinal));
        Assert.Equal([false, true, false, true, true, false, true], (await database.SnapshotsAsync()).Select(s => s.AlertSent));

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

    [Fact]
    public async Task Should_be_told_under_one_id_after_a_day_without_a_mail_server_and_services_once_a_day()
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(rpc, mails);
        Holds(rpc, 10);
        await mails.BehaveAsync("fail");
        var crossing = database.Time.GetUtcNow();

        for (var hour = 0; hour < 30; hour++)
        {
            await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);
            database.Time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal([OutOfRange, OutOfRange], await database.EventsAsync());
        Assert.All(await database.SnapshotsAsync(), snapshot => Assert.False(snapshot.AlertSent));
        await mails.BehaveAsync("accept");
        await database.CheckAsync();
        await database.CheckAsync();

        var mail = await mails.WaitUntilTakenAsync();
        Assert.Equal("solana wallet below 1000 USD", mail.Message.Subject);
        Assert.Equal(
            $"wallet-solana-{WalletsDatabase.SolanaWallet}-range-{crossing.AddDays(1):yyyyMMddHHmmssfff}@example.com", mail.Message.MessageId);
        Assert.Equal(0, mails.Waiting);
        Assert.Equal([OutOfRange, OutOfRange], await database.EventsAsync());
        Assert.Equal([true, false], (await database.SnapshotsAsync()).Skip(30).Select(s => s.AlertSent));
    }

    [Fact]
    public async Task Should_not_pass_for_told_without_a_mail_server()
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var database = await WalletsDatabase.CreateAsync(servers, WalletsDatabase.OnSolana(rpc.Url));
        Holds(rpc, 10);

        await database.CheckAsync();
        await database.CheckAsync();

        Assert.Equal([OutOfRange], await database.EventsAsync());
        Assert.All(await database.SnapshotsAsync(), snapshot => Assert.Equal((false, null), (snapshot.AlertSent, snapshot.AlertSentAt)));
    }

    [Fact]
    public async Task Should_be_told_once_of_a_balance_that_goes_to_and_fro_around_a_threshold()
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(rpc, mails);

        foreach (var usd in new[] { 1_001, 999, 1_001, 999, 1_019, 999, 1_020 })
        {
            Holds(rpc, usd);
            await database.CheckAsync();
            database.Time.Advance(FiveMinutes);
        }

        Assert.Equal(["solana wallet below 1000 USD", "solana wallet back in range"], [await SubjectAsync(mails), await SubjectAsync(mails)]);
        Assert.Equal(0, mails.Waiting);
        Assert.Equal([OutOfRange, BackInRange], await database.EventsAsync());
        // A snapshot says where the balance was, whatever is told.
        Assert.Equal([false, true, false, true, false, true, false], (await database.SnapshotsAsync()).Select(s => s.IsBelowMinThreshold));
    }

    [Fact]
    public async Task Should_be_told_of_a_token_that_is_gone_though_the_wallet_is_in_range()
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(rpc, mails);
        rpc.Holds((WalletsDatabase.UsdtMint, 4_000_000_000), (WalletsDatabase.UsdcMint, 2_000_000_000));
        await database.CheckAsync();

        rpc.Holds((WalletsDatabase.UsdcMint, 2_000_000_000));
        await database.CheckAsync();
        await database.CheckAsync();

        Assert.Equal("solana wallet holds no USDT any more", await SubjectAsync(mails));
        Assert.Equal(0, mails.Waiting);
    }

    [Fact]
    public async Task Should_be_told_of_both_tokens_that_went_while_the_mail_server_was_in_trouble()
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(rpc, mails);
        rpc.Holds((WalletsDatabase.UsdtMint, 4_000_000_000), (WalletsDatabase.UsdcMint, 2_000_000_000));
        await database.CheckAsync();
        await mails.BehaveAsync("fail");
        rpc.Holds((WalletsDatabase.UsdcMint, 2_000_000_000));
        database.Time.Advance(FiveMinutes);
        await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);
        rpc.Holds();
        database.Time.Advance(FiveMinutes);
        await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);

        await mails.BehaveAsync("accept");
        await database.CheckAsync();

        Assert.Equal("solana wallet holds no USDT and USDC any more", await SubjectAsync(mails));
    }

    [Fact]
    public async Task Should_be_told_once_a_day_of_what_an_issuer_has_frozen()
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(rpc, mails);
        rpc.Holds((WalletsDatabase.UsdtMint, 4_000_000_000));
        rpc.Adds(WalletsDatabase.UsdtMint, SampleAccounts.Token(WalletsDatabase.UsdtMint, WalletsDatabase.SolanaWallet, 1_500_000, state: 2));

        await database.CheckAsync();
        await database.CheckAsync();
        database.Time.Advance(TimeSpan.FromDays(1));
        await database.CheckAsync();

        var mail = await mails.WaitUntilTakenAsync();
        Assert.Equal("solana wallet is frozen by the token's issuer", mail.Message.Subject);
        Assert.Contains("USDT 1.5", mail.Message.TextBody, StringComparison.Ordinal);
        Assert.Equal("solana wallet is frozen by the token's issuer", await SubjectAsync(mails));
        Assert.Equal(0, mails.Waiting);
        Assert.Equal((1.5m, 0m), Assert.Single((await database.ReadAsync(db => db.WalletStates)).Select(state => (state.FrozenUsdt, state.FrozenUsdc))));
        // It is there all the same, as a block explorer says too.
        Assert.All(await database.SnapshotsAsync(), snapshot => Assert.Equal(4_001.5m, snapshot.UsdtBalance));
    }

    /// <summary>The database ends transactions that are idle for less than the mail server takes.</summary>
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
    public async Task Should_see_a_wallet_that_is_read_again_though_none_of_its_mails_can_be_sent()
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(rpc, mails);
        var result = rpc.Result;
        rpc.Result = (_, _) => null;
        await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);
        database.Time.Advance(FiveMinutes);
        await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);
        Assert.Equal("solana wallet cannot be read", await SubjectAsync(mails));
        Assert.Equal([1], await database.MeasureAsync("gateway.wallet.unreadable"));
        Assert.NotNull(Assert.Single(await database.ShownAsync()).UnreadableSince);

        rpc.Result = result;
        Holds(rpc, 0);
        await mails.BehaveAsync("fail");
        Assert.Equal("mail_failed", (await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync)).Reason);

        Assert.Equal([0], await database.MeasureAsync("gateway.wallet.unreadable"));
        Assert.Equal([-1], await database.MeasureAsync("gateway.wallet.out_of_range"));
        Assert.Equal((null, "below"), Assert.Single((await database.ShownAsync()).Select(wallet => (wallet.UnreadableSince, wallet.State))));

        await mails.BehaveAsync("accept");
        await database.CheckAsync();
        Assert.Equal(["solana wallet below 1000 USD", "solana wallet can be read again"], [await SubjectAsync(mails), await SubjectAsync(mails)]);
        Assert.Empty(await database.ReadAsync(db => db.UnreadableWallets));
    }

    // The operators never heard that it could be read in between.
    [Fact]
    public async Task Should_be_told_that_a_wallet_can_be_read_again_after_it_could_be_for_a_moment_without_a_mail_server()
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(rpc, mails);
        Holds(rpc, 5_000);
        var result = rpc.Result;
        rpc.Result = (_, _) => null;
        await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);
        database.Time.Advance(FiveMinutes);
        await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);
        Assert.Equal("solana wallet cannot be read", await SubjectAsync(mails));
        rpc.Result = result;
        await mails.BehaveAsync("fail");
        await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);

        rpc.Result = (_, _) => null;
        database.Time.Advance(FiveMinutes);
        await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);
        Assert.Equal([1], await database.MeasureAsync("gateway.wallet.unreadable"));

        rpc.Result = result;
        await mails.BehaveAsync("accept");
        await database.CheckAsync();
        Assert.Equal("solana wallet can be read again", await SubjectAsync(mails));
        Assert.Equal(0, mails.Waiting);
    }

    [Fact]
    public async Task Should_check_the_other_wallet_when_one_cannot_be_read()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Result = (method, parameters) => method.StartsWith("eth_", StringComparison.Ordinal) ? rpc.Respond(method, parameters) : null;
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(rpc, mails, OnBsc(rpc));

        var failure = await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);

        Assert.StartsWith("solana: ", failure.Message, StringComparison.Ordinal);
        Assert.Equal(("bsc", 0m), Assert.Single((await database.SnapshotsAsync()).Select(s => (s.Chain, s.TotalUsdValue))));
        Assert.Equal("bsc wallet below 1000 USD", await SubjectAsync(mails));
    }

    [Fact]
    public async Task Should_check_the_other_wallet_when_one_fails_in_a_way_that_nobody_has_foreseen()
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(rpc, mails, OnBsc(rpc));
        await database.ExecuteAsync("alter table wallet_balance_snapshots add constraint no_solana check (chain <> 'solana')");

        await Assert.ThrowsAsync<DbUpdateException>(database.CheckAsync);

        Assert.Equal(["bsc"], (await database.SnapshotsAsync()).Select(s => s.Chain));
        Assert.Equal("bsc wallet below 1000 USD", await SubjectAsync(mails));
    }

    private static KeyValuePair<string, string?>[] OnBsc(RpcServer rpc) =>
    [
        new("BSC_WALLET_ADDRESS", "0x8894E0a0c962CB723c1976a4421c95949bE2D4E3"),
        new("BSC_RPC_URL", rpc.Url.ToString()),
        new("BSC_USDT_CONTRACT", "0x0000000000000000000000000000000000000001"),
        new("BSC_USDC_CONTRACT", "0x0000000000000000000000000000000000000002"),
    ];

    private static async Task<string?> SubjectAsync(SmtpServer mails) => (await mails.WaitUntilTakenAsync()).Message.Subject;

    private static void Holds(RpcServer rpc, int usd) => rpc.Holds((WalletsDatabase.UsdtMint, (ulong)usd * 1_000_000));

    private async Task<WalletsDatabase> CreateAsync(RpcServer rpc, SmtpServer mails, params KeyValuePair<string, string?>[] more)
    {
        var database = await WalletsDatabase.CreateAsync(servers, [.. WalletsDatabase.OnSolana(rpc.Url), .. mails.Settings, .. more]);
        await database.GoByTimeAsync(rpc);
        return database;
    }
}
