using Gateway.Integration.Tests.Mail;
using Gateway.Testing.Servers;
using Gateway.Worker.Demo;
using Gateway.Worker.Jobs;
using Xunit;

namespace Gateway.Integration.Tests.Wallets;

// It is a week slow. One that is fast would have the last word on a wallet for as long as it is.
public sealed class When_the_clock_of_a_worker_is_wrong(TestServers servers)
{
    [Fact]
    public async Task Should_keep_what_it_reads_under_the_time_of_the_database()
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var mails = await SmtpServer.StartAsync();
        await using var database = await WalletsDatabase.CreateAsync(servers, [.. WalletsDatabase.OnSolana(rpc.Url), .. mails.Settings]);
        var from = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(-1);
        rpc.Adds(WalletsDatabase.UsdtMint, SampleAccounts.Token(WalletsDatabase.UsdtMint, WalletsDatabase.SolanaWallet, 1_500_000, state: 2));

        await database.CheckAsync();
        rpc.Result = (_, _) => null;
        await Assert.ThrowsAsync<JobFailedException>(database.CheckAsync);

        var to = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1);
        var snapshot = Assert.Single(await database.SnapshotsAsync());
        var state = Assert.Single(await database.ReadAsync(db => db.WalletStates));
        var unreadable = Assert.Single(await database.ReadAsync(db => db.UnreadableWallets));
        Assert.All(
            [snapshot.SnapshotAt, snapshot.CreatedAt, snapshot.AlertSentAt, state.PublishedAt, state.MailedAt, state.FrozenSince, state.FrozenMailedAt, unreadable.Since],
            (DateTime? time) => Assert.InRange(time!.Value, from, to));
    }
}
